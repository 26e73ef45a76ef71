#include "CWRNJPEG.h"
