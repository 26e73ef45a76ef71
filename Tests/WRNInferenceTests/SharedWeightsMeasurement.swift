// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Foundation
import Testing
import WRNGraph
import WRNImages
import WRNModel
import WRNTensor
import WRNThreads

@testable import WRNInference

/// The memory of several users of one model; `Scripts/measure-shared-weights` runs it, and it is no
/// part of the tests, because other tests in the same process would be measured, too.
@Suite("The memory of users at the same time")
struct SharedWeightsMeasurement {
    private static let batch = 16

    /// The bytes of this process that are in memory, as Linux counts them.
    private static func residentByteCount() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let pages = try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    @Test(
        "users of WRN-28-10 hold one copy of the weights",
        .enabled(if: ProcessInfo.processInfo.environment["WRN_USERS"] != nil))
    func resident() throws {
        let users = try #require(
            ProcessInfo.processInfo.environment["WRN_USERS"].flatMap { Int($0) })
        let before = try Self.residentByteCount()
        let model = try Self.model()
        let photograph = PixelImage(
            height: 32, width: 32, channels: 3, pixels: [UInt8](repeating: 99, count: 3072))
        let classifiers = Locked<[Int: Int]>([:])
        let measured = Locked(0)
        let all = DispatchGroup()
        let isMeasured = DispatchSemaphore(value: 0)
        for user in 0..<users {
            let (started, ended) = (DispatchSemaphore(value: 0), all)
            ended.enter()
            let thread = Thread {
                defer { ended.leave() }
                guard
                    let classifier = try? Classifier(model, batch: Self.batch, threads: 1),
                    let answers = try? classifier.classify(
                        [PixelImage](repeating: photograph, count: Self.batch)),
                    answers.count == Self.batch
                else {
                    started.signal()
                    return
                }
                classifiers.withLock {
                    $0[user] = classifier.plannedByteCount - model.byteCount
                }
                started.signal()
                // The memory stays until all users have been measured together.
                isMeasured.wait()
                withExtendedLifetime(classifier) {}
            }
            thread.stackSize = 8 << 20
            thread.start()
            started.wait()
        }
        measured.withLock { $0 = (try? Self.residentByteCount()) ?? 0 }
        for _ in 0..<users { isMeasured.signal() }
        all.wait()

        let own = classifiers.withLock { $0 }
        #expect(own.count == users)
        let each = own.values.max() ?? 0
        let resident = measured.withLock { $0 } - before
        print(
            "\(users) users: \(resident >> 20) MiB more than before; one copy of the weights has "
                + "\(model.byteCount >> 20) MiB, what each user has of its own \(each >> 20) MiB")
        #expect(resident >= model.byteCount)
        #expect(resident < model.byteCount + users * each + 64 << 20)
    }

    private static func model() throws -> PreparedModel {
        let description = ModelDescription(
            architecture: "wrn-28-10", classes: 10, inputChannels: 3, inputHeight: 32,
            inputWidth: 32, mean: [0.5, 0.5, 0.5], standardDeviation: [0.25, 0.25, 0.25])
        let tensors = Dictionary(
            uniqueKeysWithValues: try description.graph().parameters.map {
                ($0.name, Tensor(shape: $0.shape, repeating: 0.01))
            })
        return try PreparedModel(description: description, tensors: tensors)
    }
}
