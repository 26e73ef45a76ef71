// SPDX-License-Identifier: Apache-2.0

#include "CWRNBuild.h"

const char *wrn_build_commit(void) {
#ifdef WRN_COMMIT
    return WRN_COMMIT;
#else
    return 0;
#endif
}
