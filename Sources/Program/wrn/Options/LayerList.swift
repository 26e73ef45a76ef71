// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Names of layers, separated by commas.
struct LayerList {
    let names: [String]

    init(argument: String) throws {
        names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !names.contains("") else {
            throw ValidationError(
                "expected names of layers separated by commas, for example group1,pool, not \"\(argument)\""
            )
        }
    }
}
