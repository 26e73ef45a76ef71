// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// How results are written.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Write one JSON object, for programs.")
    var json = false
}
