// SPDX-License-Identifier: Apache-2.0

extension Paper {
    private static func imageNet(_ top1: Double, _ top5: Double) -> [(String, Double)] {
        [("ImageNet top-1", top1), ("ImageNet top-5", top5)]
    }

    /// Table 7: basic blocks of growing width.
    static let imageNetRows = [
        PaperRow(
            7, "WRN-18, 1.0", "resnet-18", classes: 1000, depth: 18, "11.7M",
            errors: imageNet(30.4, 10.93)),
        PaperRow(
            7, "WRN-18, 1.5", "wrn-18-1.5", classes: 1000, depth: 18, "25.9M",
            errors: imageNet(27.06, 9.0)),
        PaperRow(
            7, "WRN-18, 2.0", "wrn-18-2", classes: 1000, depth: 18, "45.6M",
            errors: imageNet(25.58, 8.06)),
        PaperRow(
            7, "WRN-18, 3.0", "wrn-18-3", classes: 1000, depth: 18, "101.8M",
            errors: imageNet(24.06, 7.33)),
        PaperRow(
            7, "WRN-34, 1.0", "resnet-34", classes: 1000, depth: 34, "21.8M",
            errors: imageNet(26.77, 8.67)),
        PaperRow(
            7, "WRN-34, 1.5", "wrn-34-1.5", classes: 1000, depth: 34, "48.6M",
            errors: imageNet(24.5, 7.58)),
        PaperRow(
            7, "WRN-34, 2.0", "wrn-34-2", classes: 1000, depth: 34, "86.0M",
            errors: imageNet(23.39, 7.00)),
    ]

    /// Table 8: bottleneck blocks.
    static let bottleneckRows = [
        PaperRow(
            8, "ResNet-50", "resnet-50", classes: 1000, depth: 50, "25.6M",
            errors: imageNet(24.01, 7.02)),
        PaperRow(
            8, "ResNet-101", "resnet-101", classes: 1000, depth: 101, "44.5M",
            errors: imageNet(22.44, 6.21)),
        PaperRow(
            8, "ResNet-152", "resnet-152", classes: 1000, depth: 152, "60.2M",
            errors: imageNet(22.16, 6.16)),
        PaperRow(
            8, "WRN-50-2-bottleneck", "wrn-50-2", classes: 1000, depth: 50, "68.9M", notes: [6],
            errors: imageNet(21.9, 6.03)),
        PaperRow(
            8, "pre-ResNet-200", "preact-resnet-200", classes: 1000, depth: 200, "64.7M",
            errors: imageNet(21.66, 5.79)),
    ]

    /// Table 9: the best results; no parameters are stated.
    static let bestRows = [
        PaperRow(
            9, "WRN-40-10 + dropout", "wrn-40-10", depth: 40,
            errors: [("CIFAR-10", 3.8), ("CIFAR-100", 18.3)]),
        PaperRow(9, "WRN-16-8 + dropout", "wrn-16-8", depth: 16, errors: [("SVHN", 1.54)]),
        PaperRow(
            9, "WRN-50-2-bottleneck", "wrn-50-2", classes: 1000, depth: 50, notes: [6],
            errors: imageNet(21.9, 5.79)),
    ]
}
