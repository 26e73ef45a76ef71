// SPDX-License-Identifier: Apache-2.0

import WRNRandom

extension Augmentation {
    /// The principal components of the colours of ImageNet's training images, and their deviations, of pixels in 0...1.
    private static let components: [[Double]] = [
        [-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203],
    ]
    private static let deviations = [0.2175, 0.0188, 0.0045]

    /// What ``lighting`` adds to red, green and blue of an image, in units of pixel / 255; nil without it.
    ///
    ///     shift = sum over components j of component[j] · deviation[j] · α[j],  α[j] normal with the deviation `lighting`
    ///
    /// - Reference: Krizhevsky et al. 2012, "ImageNet Classification with Deep Convolutional Neural Networks", section 4.1; the numbers are
    ///   those of fb.resnet.torch.
    public func lightingShift(seed: UInt64, epoch: Int, image: Int) -> [Float]? {
        guard let lighting else { return nil }
        let stream = RandomStream(seed: seed, purpose: .augmentation, step: epoch, item: image)
        let (first, second) = stream.normals(at: AugmentationDraw.lighting)
        let (third, _) = stream.normals(at: AugmentationDraw.lighting + 1)
        let weights = zip([first, second, third], Self.deviations).map { lighting * $0 * $1 }
        return Self.components.map { row in
            Float(zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 })
        }
    }
}
