// SPDX-License-Identifier: Apache-2.0
// The system's libcurl, as a Swift module.
#include <curl/curl.h>
