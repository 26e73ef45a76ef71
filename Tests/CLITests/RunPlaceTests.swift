// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("The directory of a run")
struct RunPlaceTests {
    private static let arguments = [
        "train", "wrn-10-0.25", "--data", "data", "--epochs", "1", "--batch", "16", "--threads",
        "1",
    ]

    @Test("is another one while a process trains in the first, though it has saved nothing yet")
    func passesOverLocked() throws {
        let place = try TrainingPlace()
        let first = place.path + "/runs/wrn-10-0.25-data"
        try FileManager.default.createDirectory(
            atPath: first, withIntermediateDirectories: true)
        let descriptor = open(first, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        #expect(descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        defer { close(descriptor) }
        let result = try place.run(Self.arguments)
        #expect(result.code == 0, "\(result.problem)")
        let contents = try place.contents()
        #expect(contents.contains("runs/wrn-10-0.25-data-2/model.safetensors"), "\(contents)")
        #expect(!contents.contains("runs/wrn-10-0.25-data/config.json"))
    }

    @Test("is one for each of two commands that begin at once")
    func twoAtOnce() async throws {
        let place = try TrainingPlace()
        let path = place.path
        async let first = Program.run(Self.arguments, in: path)
        async let second = Program.run(Self.arguments, in: path)
        let results = try await [first, second]
        #expect(results.allSatisfy { $0.code == 0 }, "\(results.map(\.problem))")
        let contents = try place.contents()
        for directory in ["runs/wrn-10-0.25-data", "runs/wrn-10-0.25-data-2"] {
            #expect(contents.contains(directory + "/model.safetensors"), "\(contents)")
        }
    }

    @Test("that begins with - is proposed as commands take it")
    func beginsWithDash() throws {
        let place = try TrainingPlace()
        let result = try place.run(Self.arguments + ["--run=-dd"])
        #expect(result.code == 0, "\(result.problem)")
        let text = result.output + result.problem
        #expect(text.contains("evaluate --weights ./-dd "), "\(text)")
        let evaluated = try place.run(["evaluate", "--weights", "./-dd", "--data", "data"])
        #expect(evaluated.code == 0, "\(evaluated.problem)")
    }

    @Test("whose list of left out images has moved is reported with the way to note the new place")
    func movedList() throws {
        let place = try TrainingPlace()
        try place.write(Array("train/3\n".utf8), to: "list.txt")
        let trained = try place.run(
            TrainingPlace.train(epochs: 1, options: ["--exclude", "list.txt"]))
        #expect(trained.code == 0, "\(trained.problem)")
        try FileManager.default.moveItem(
            atPath: place.path + "/list.txt", toPath: place.path + "/moved.txt")
        for command in [["report", "run"], ["calibrate", "--weights", "run"]] {
            let result = try place.run(command)
            #expect(result.code == 1, "\(command)")
            #expect(
                result.problem.contains("'wrn train --resume run --exclude LIST' notes the new"),
                "\(result.problem)")
        }
        let resumed = try place.run(["train", "--resume", "run", "--exclude", "moved.txt"])
        #expect(resumed.code == 0, "\(resumed.problem)")
        let reported = try place.run(["report", "run"])
        #expect(reported.code == 0, "\(reported.problem)")
    }
}
