// SPDX-License-Identifier: Apache-2.0

extension Augmentation {
    /// Refuses numbers that make no augmentation, whatever the images.
    ///
    /// - Throws: ``DataError`` with the code `invalidArgument`.
    public func validate() throws(DataError) {
        let problems = [
            cropPadding < 0
                ? "the crop padding must be 0 or more pixels, not \(cropPadding)" : nil,
            randomResizedCrop?.problem,
            policy?.problem,
            colorJitter?.problem,
            lighting.flatMap {
                $0 > 0 && $0 <= 10
                    ? nil : "the lighting must be above 0 and at most 10, not \($0)"
            },
            randomErasing?.problem,
            cutout.flatMap {
                $0 >= 1 ? nil : "the side of a cutout must be 1 or more pixels, not \($0)"
            },
            Self.problem("mixup", mixup),
            Self.problem("cutmix", cutmix),
        ]
        if let problem = problems.compactMap(\.self).first {
            throw DataError(.invalidArgument, problem)
        }
    }

    /// Refuses an augmentation that does not suit images of a size: the border must be one that reflection can fill, and a cutout must
    /// leave something.
    ///
    /// - Parameters:
    ///   - height: The rows that the network sees.
    ///   - width: The columns that the network sees.
    /// - Throws: ``DataError`` with the code `invalidArgument`, also for what ``validate()`` refuses.
    public func check(height: Int, width: Int) throws(DataError) {
        guard min(height, width) >= 1 else {
            throw DataError(
                .invalidArgument,
                "images of \(height) x \(width) are none; each must be 1 or more")
        }
        guard (0..<min(height, width)).contains(cropPadding) else {
            throw DataError(
                .invalidArgument,
                "a crop padding of \(cropPadding) pixels does not suit images of "
                    + "\(height) x \(width); it is 0 to \(min(height, width) - 1)")
        }
        try validate()
        if let cutout, cutout > 2 * max(height, width) {
            throw DataError(
                .invalidArgument,
                "a cutout of \(cutout) pixels does not suit images of \(height) x \(width); its side "
                    + "is 1 to \(2 * max(height, width))")
        }
    }

    /// Refuses operations on colours for images that are neither grey nor in colour.
    ///
    /// - Throws: ``DataError`` with the code `invalidArgument`.
    public func check(channels: Int) throws(DataError) {
        if lighting != nil, channels != 3 {
            throw DataError(
                .invalidArgument,
                "lighting is for images of 3 channels (red, green, blue), not \(channels)")
        }
        let what = policy != nil ? "a policy" : colorJitter != nil ? "colour jitter" : nil
        guard let what, ![1, 3].contains(channels) else { return }
        throw DataError(
            .invalidArgument,
            "\(what) is for images of 1 channel (grey) or 3 (red, green, blue), not \(channels)")
    }

    private static func problem(_ name: String, _ alpha: Double?) -> String? {
        guard let alpha, !(alpha > 0 && alpha <= maximumAlpha) else { return nil }
        return "the alpha of \(name) must be above 0 and at most \(Int(maximumAlpha)), not \(alpha)"
    }

    /// Beyond this all weights are 1/2 anyway.
    private static let maximumAlpha = 1000.0
}

extension ClosedRange<Double> {
    /// The problem about a range outside `limits`, which may not reach 0 where `excludesZero`.
    func problem(_ what: String, in limits: ClosedRange<Double>, excludesZero: Bool) -> String? {
        let isRight =
            limits.contains(lowerBound) && limits.contains(upperBound)
            && !(excludesZero && lowerBound <= 0)
        guard !isRight else { return nil }
        let least = excludesZero ? "above 0" : "at least \(limits.lowerBound)"
        return
            "\(what) must be \(least) and at most \(limits.upperBound), not \(lowerBound) to \(upperBound)"
    }
}
