// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `wrn weights`: what pretrained weights there are, and getting them.
struct WeightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights",
        abstract: "List and get pretrained weights.",
        discussion: """
            Weights are kept where huggingface_hub and torch.hub keep them, and found when those fetched them. HF_HOME, HF_HUB_CACHE, \
            HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_OFFLINE and TORCH_HOME are respected.
            """,
        subcommands: [WeightsList.self, WeightsGet.self])
}
