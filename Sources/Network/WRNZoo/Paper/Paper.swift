// SPDX-License-Identifier: Apache-2.0

/// The tables of "Wide Residual Networks", Zagoruyko & Komodakis, arXiv 1605.07146v4.
///
/// The rows are as printed, mistakes included; the ``Errata`` of the inspection explain those.
public enum Paper {
    /// Table 1: the structure of the networks for small images.
    public static let structure = [
        PaperGroup(label: "conv1", extent: 32, channels: 16, isWidened: false),
        PaperGroup(label: "conv2", extent: 32, channels: 16, isWidened: true),
        PaperGroup(label: "conv3", extent: 16, channels: 32, isWidened: true),
        PaperGroup(label: "conv4", extent: 8, channels: 64, isWidened: true),
        PaperGroup(label: "avg-pool", extent: 1, channels: 64, isWidened: true),
    ]

    /// The rows of Tables 2 to 9 about networks of the zoo, in the paper's order.
    public static let rows =
        blockRows + deepeningRows + whitenedRows + comparedRows + dropoutRows + imageNetRows
        + bottleneckRows + bestRows

    /// The tables' titles by their numbers.
    public static let titles = [
        1: "the structure of the networks",
        2: "block types, width 2",
        3: "deepening factors, WRN-40-2",
        4: "CIFAR with ZCA whitening",
        5: "CIFAR without whitening and dropout",
        6: "dropout",
        7: "ImageNet, basic blocks",
        8: "ImageNet, bottleneck blocks",
        9: "the best results",
    ]
}
