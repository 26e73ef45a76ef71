// SPDX-License-Identifier: Apache-2.0

extension Paper {
    private static let cifar10 = "CIFAR-10"
    private static let cifar100 = "CIFAR-100"
    private static let svhn = "SVHN"

    /// Table 2: the types of blocks.
    static let blockRows = [
        PaperRow(
            2, "40 B(1,3,1)", "wrn-40-2-b131-table2", depth: 40, trueDepth: 58, "1.4M",
            notes: [1, 9],
            errors: [(cifar10, 6.06)]),
        PaperRow(2, "40 B(3,1)", "wrn-40-2-b31", depth: 40, "1.2M", errors: [(cifar10, 5.78)]),
        PaperRow(
            2, "40 B(1,3)", "wrn-40-2-b13", depth: 40, "1.3M", notes: [9], errors: [(cifar10, 6.42)]
        ),
        PaperRow(
            2, "40 B(3,1,1)", "wrn-40-2-b311-table2", depth: 40, trueDepth: 58, "1.3M", notes: [1],
            errors: [(cifar10, 5.86)]),
        PaperRow(2, "28 B(3,3)", "wrn-28-2", depth: 28, "1.5M", errors: [(cifar10, 5.73)]),
        PaperRow(
            2, "22 B(3,1,3)", "wrn-22-2-b313-table2", depth: 22, trueDepth: 31, "1.1M", notes: [1],
            errors: [(cifar10, 5.78)]),
    ]

    /// Table 3: the deepening factor at 40 convolutions; all have 2.2M parameters.
    static let deepeningRows = [
        PaperRow(
            3, "l = 1", "wrn-40-2-b3", depth: 40, "2.2M", notes: [2], errors: [(cifar10, 6.69)]),
        PaperRow(3, "l = 2", "wrn-40-2", depth: 40, "2.2M", notes: [2], errors: [(cifar10, 5.43)]),
        PaperRow(
            3, "l = 3", "wrn-40-2-b333", depth: 40, "2.2M", notes: [2], errors: [(cifar10, 5.65)]),
        PaperRow(
            3, "l = 4", "wrn-40-2-b3333", depth: 40, "2.2M", notes: [2], errors: [(cifar10, 5.93)]),
    ]

    /// Table 4: depth against width.
    static let whitenedRows = [
        PaperRow(
            4, "40-1", "wrn-40-1", depth: 40, trueDepth: 39, "0.6M", notes: [8],
            errors: [(cifar10, 6.85), (cifar100, 30.89)]),
        PaperRow(
            4, "40-2", "wrn-40-2", depth: 40, "2.2M", notes: [3],
            errors: [(cifar10, 5.33), (cifar100, 26.04)]),
        PaperRow(
            4, "40-4", "wrn-40-4", depth: 40, "8.9M", notes: [3],
            errors: [(cifar10, 4.97), (cifar100, 22.89)]),
        PaperRow(
            4, "40-8", "wrn-40-8", depth: 40, "35.7M", notes: [3, 7], errors: [(cifar10, 4.66)]),
        PaperRow(
            4, "28-10", "wrn-28-10", depth: 28, "36.5M", notes: [7],
            errors: [(cifar10, 4.17), (cifar100, 20.50)]),
        PaperRow(
            4, "28-12", "wrn-28-12", depth: 28, "52.5M", notes: [3],
            errors: [(cifar10, 4.33), (cifar100, 20.43)]),
        PaperRow(
            4, "22-8", "wrn-22-8", depth: 22, "17.2M", notes: [7],
            errors: [(cifar10, 4.38), (cifar100, 21.22)]),
        PaperRow(
            4, "22-10", "wrn-22-10", depth: 22, "26.8M", notes: [3],
            errors: [(cifar10, 4.44), (cifar100, 20.75)]),
        PaperRow(
            4, "16-8", "wrn-16-8", depth: 16, "11.0M", errors: [(cifar10, 4.81), (cifar100, 22.07)]),
        PaperRow(
            4, "16-10", "wrn-16-10", depth: 16, "17.1M", notes: [3, 7],
            errors: [(cifar10, 4.56), (cifar100, 21.59)]),
    ]

    /// Table 5: the networks compared with, and wide ones without dropout.
    static let comparedRows = [
        PaperRow(
            5, "original-ResNet 110", "resnet-110", depth: 110, "1.7M",
            errors: [(cifar10, 6.43), (cifar100, 25.16)]),
        PaperRow(
            5, "original-ResNet 1202", "resnet-1202", depth: 1202, "10.2M",
            trueParameters: "19.4M", notes: [4], errors: [(cifar10, 7.93), (cifar100, 27.82)]),
        PaperRow(
            5, "stoc-depth 110", "resnet-110", depth: 110, "1.7M",
            errors: [(cifar10, 5.23), (cifar100, 24.58)]),
        PaperRow(
            5, "stoc-depth 1202", "resnet-1202", depth: 1202, "10.2M", trueParameters: "19.4M",
            notes: [4], errors: [(cifar10, 4.91)]),
        PaperRow(
            5, "pre-act-ResNet 110", "preact-resnet-110", depth: 110, "1.7M",
            errors: [(cifar10, 6.37)]),
        PaperRow(
            5, "pre-act-ResNet 164", "preact-resnet-164", depth: 164, "1.7M",
            errors: [(cifar10, 5.46), (cifar100, 24.33)]),
        PaperRow(
            5, "pre-act-ResNet 1001", "preact-resnet-1001", depth: 1001, "10.2M",
            trueParameters: "10.3M", notes: [5], errors: [(cifar10, 4.92), (cifar100, 22.71)]),
        PaperRow(
            5, "WRN 40-4", "wrn-40-4", depth: 40, "8.9M", notes: [3],
            errors: [(cifar10, 4.53), (cifar100, 21.18)]),
        PaperRow(
            5, "WRN 16-8", "wrn-16-8", depth: 16, "11.0M",
            errors: [(cifar10, 4.27), (cifar100, 20.43)]),
        PaperRow(
            5, "WRN 28-10", "wrn-28-10", depth: 28, "36.5M",
            errors: [(cifar10, 4.00), (cifar100, 19.25)]),
    ]

    /// Table 6: the effect of dropout; no parameters are stated.
    static let dropoutRows = [
        PaperRow(
            6, "16-4", "wrn-16-4", depth: 16,
            errors: [(cifar10, 5.02), (cifar100, 24.03), (svhn, 1.85)]),
        PaperRow(
            6, "16-4 + dropout", "wrn-16-4", depth: 16,
            errors: [(cifar10, 5.24), (cifar100, 23.91), (svhn, 1.64)]),
        PaperRow(
            6, "28-10", "wrn-28-10", depth: 28, errors: [(cifar10, 4.00), (cifar100, 19.25)]),
        PaperRow(
            6, "28-10 + dropout", "wrn-28-10", depth: 28,
            errors: [(cifar10, 3.89), (cifar100, 18.85)]),
        PaperRow(
            6, "52-1", "wrn-52-1", depth: 52, trueDepth: 51, notes: [7, 8],
            errors: [(cifar10, 6.43), (cifar100, 29.89), (svhn, 2.08)]),
        PaperRow(
            6, "52-1 + dropout", "wrn-52-1", depth: 52, trueDepth: 51, notes: [8],
            errors: [(cifar10, 6.28), (cifar100, 29.78), (svhn, 1.70)]),
    ]
}
