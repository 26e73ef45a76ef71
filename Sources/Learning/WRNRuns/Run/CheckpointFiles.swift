// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNInference

/// The files in a run's `checkpoints`: one for each save that is kept, and its digest beside it.
///
///     step-000001234.safetensors            weights, the optimizer's state and the position, after
///                                           so many steps
///     step-000001234.safetensors.sha256     its digest, as sha256sum writes it
///
/// One that cannot be used is set aside: both names get the suffix ``damagedSuffix``, until the run
/// has passed that step again.
struct CheckpointFiles {
    static let prefix = "step-"
    static let suffix = ".safetensors"
    static let damagedSuffix = ".damaged"
    /// The digits of a step in a name: names of steps below 10⁹ sort in the order of the steps.
    static let digitCount = 9

    let directory: String

    /// The name of the checkpoint after `step` steps.
    static func name(step: Int) -> String {
        let digits = String(step)
        let zeros = String(repeating: "0", count: max(0, digitCount - digits.count))
        return prefix + zeros + digits + suffix
    }

    /// The step of a checkpoint's name; nil for other names.
    static func step(ofName name: some StringProtocol) -> Int? {
        guard name.hasPrefix(prefix), name.hasSuffix(suffix),
            let step = Int(name.dropFirst(prefix.count).dropLast(suffix.count)), step >= 0,
            self.name(step: step) == name
        else { return nil }
        return step
    }

    func path(step: Int) -> String { RunDirectory.join(directory, Self.name(step: step)) }

    /// The steps after which there is a checkpoint, the last first.
    ///
    /// - Throws: A ``TrainingError`` when the directory cannot be read: a run must not begin again
    ///   because of that.
    func steps() throws(TrainingError) -> [Int] {
        do {
            return try names().compactMap(Self.step).sorted(by: >)
        } catch {
            throw TrainingError(
                .damagedRun,
                "\(directory): cannot read the directory of the run's checkpoints; make it readable"
            )
        }
    }

    /// Renames a checkpoint so that it is not chosen later; its bytes are kept.
    func setAside(step: Int) throws(TrainingError) {
        let path = path(step: step)
        for name in [path, path + ChecksummedFile.suffix] where RunDirectory.exists(name) {
            guard rename(name, name + Self.damagedSuffix) == 0 else {
                throw TrainingError(
                    .unwritable,
                    "\(name): cannot rename the damaged file: \(String(cString: strerror(errno))); "
                        + "remove it yourself")
            }
        }
    }

    /// Removes the checkpoints that are no longer kept once the one of `step` is on the disk: all
    /// but the last `count`, those of later steps, and those set aside that the run has passed.
    ///
    /// A file that cannot be removed stays: it takes space and is otherwise harmless.
    func removeOthers(than step: Int, keeping count: Int) {
        guard let names = try? names() else { return }
        let kept = names.compactMap(Self.step).filter { $0 <= step }.sorted(by: >).prefix(count)
        // Files go before their digests: a file without one would look damaged.
        for name in names where Self.step(ofName: name).map({ !kept.contains($0) }) == true {
            unlink(RunDirectory.join(directory, name))
        }
        for name in names where isLeftover(name, step: step, kept: kept) {
            unlink(RunDirectory.join(directory, name))
        }
    }

    /// Whether a name is of a digest without its file, or of what was set aside and is passed.
    private func isLeftover(
        _ name: String, step: Int, kept: some Collection<Int>
    ) -> Bool {
        var base = name[...]
        let isDamaged = base.hasSuffix(Self.damagedSuffix)
        if isDamaged { base = base.dropLast(Self.damagedSuffix.count) }
        let isDigest = base.hasSuffix(ChecksummedFile.suffix)
        if isDigest { base = base.dropLast(ChecksummedFile.suffix.count) }
        guard let own = Self.step(ofName: base) else { return false }
        return isDamaged ? own <= step : isDigest && !kept.contains(own)
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory)
    }
}
