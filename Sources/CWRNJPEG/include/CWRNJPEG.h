// SPDX-License-Identifier: Apache-2.0
#ifndef CWRNJPEG_H
#define CWRNJPEG_H
#endif
