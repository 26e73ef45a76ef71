// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNTensor
import WRNTensorFiles
import WRNZoo

/// A sketch of a file's network by a dialect's names, before any network is built.
struct TensorOutline {
    let stem: TensorShape
    /// The weights of the convolutions of each block of each stage.
    let stages: [[[TensorShape]]]
    private(set) var head: TensorShape

    /// Looks up the stem, then blocks and their convolutions until there are no more; nil without
    /// stem, block or head.
    ///
    /// - Parameter isHeadless: Whether to do without the dialect's head; ``head`` is then that of
    ///   one class.
    init?(
        _ names: TensorNames, _ dialect: Dialect, _ form: NetworkForm, isHeadless: Bool = false
    ) {
        func weight(_ place: LayerPlace, rank: Int) -> TensorShape? {
            names.first(of: dialect.names(of: place, .weight, in: form))
                .flatMap { $0.shape.rank == rank ? $0.shape : nil }
        }
        guard let stem = weight(.stemConvolution, rank: 4) else { return nil }
        self.stem = stem
        var stages: [[[TensorShape]]] = []
        while true {
            var blocks: [[TensorShape]] = []
            while true {
                let place = BlockPlace(stage: stages.count, block: blocks.count)
                var convolutions: [TensorShape] = []
                while let shape = weight(.convolution(place, convolutions.count), rank: 4) {
                    convolutions.append(shape)
                }
                guard !convolutions.isEmpty else { break }
                blocks.append(convolutions)
            }
            guard !blocks.isEmpty else { break }
            stages.append(blocks)
        }
        guard let last = stages.last?.last?.last else { return nil }
        self.stages = stages
        if isHeadless {
            head = [1, last.extents[0]]
        } else {
            guard let head = weight(.head, rank: 2) else { return nil }
            self.head = head
        }
    }

    /// The channels that leave the last block.
    var lastChannels: Int { stages.last?.last?.last?.extents[0] ?? 0 }

    /// The same with another head.
    func with(head: TensorShape) -> TensorOutline {
        var outline = self
        outline.head = head
        return outline
    }

    /// The candidates among the networks of the zoo, which all names and shapes then confirm or
    /// not.
    var candidates: [any Architecture] {
        let (classes, channels) = (head.extents[0], stem.extents[1])
        let first = stages[0][0]
        let kernels = first.map { $0.extents[2] }
        let blocks = stages.map(\.count)
        var candidates: [any Architecture] = []
        func add(_ make: () throws(GraphError) -> any Architecture) {
            if let network = try? make() { candidates.append(network) }
        }
        if stages.count == 3, Set(blocks).count == 1 {
            let depth = 3 * blocks[0] * kernels.count + 4
            let width = Double(stages[2][0][0].extents[0]) / 64
            add { () throws(GraphError) in
                try WideResNet(
                    depth: depth, width: width, block: BlockType(kernels), classes: classes,
                    inputChannels: channels)
            }
            for order in [ActivationOrder.post, .pre] {
                for shortcut in [ResNet.Shortcut.subsampling, .convolution] {
                    add { () throws(GraphError) in
                        try ResNet(
                            depth: 3 * blocks[0] * kernels.count + 2,
                            block: kernels.count == 2 ? .basic : .bottleneck,
                            activationOrder: order, shortcut: shortcut, classes: classes,
                            inputChannels: channels)
                    }
                }
            }
        }
        let width = Double(first[0].extents[0]) / 64
        for depth in ImageNetWideResNet.depths {
            for order in [ActivationOrder.post, .pre] {
                add { () throws(GraphError) in
                    try ImageNetWideResNet(
                        depth: depth, width: width, activationOrder: order, classes: classes,
                        inputChannels: channels)
                }
            }
        }
        return candidates.filter { network in
            // Networks of other depths need not be built.
            (network as? ImageNetWideResNet).map {
                $0.stageBlocks == blocks && $0.hasBottlenecks == (kernels.count == 3)
            } ?? true
        }
    }
}
