// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `wrn data`: what data sets there are, getting them, and looking at them.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "List, get and inspect data sets, and look at augmentation.",
        discussion: """
            'wrn data NAME' is 'wrn data get NAME'. Data sets are kept in wide-resnet/datasets in $XDG_CACHE_HOME, or else in ~/.cache.
            """,
        subcommands: [
            DataList.self, DataGet.self, DataInspect.self, DataPreview.self, DataBench.self,
        ],
        defaultSubcommand: DataGet.self)
}
