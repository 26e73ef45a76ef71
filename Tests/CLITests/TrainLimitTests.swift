// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Foundation
    import Testing

    /// What `ulimit` takes away ends the program with a sentence, and neither a trap nor a stack
    /// trace.
    @Suite(
        "wrn under limits of memory and files",
        // Sanitizers take terabytes of addresses.
        .enabled(if: ProcessInfo.processInfo.environment["ASAN_OPTIONS"] == nil))
    struct TrainLimitTests {
        let place: TrainingPlace

        init() throws {
            place = try TrainingPlace()
        }

        private func run(_ arguments: [String], limit: String) throws -> Program.Result {
            try Program.run(
                ["-c", "ulimit \(limit); exec \"$0\" \"$@\"", Program.executable.path] + arguments,
                in: place.path, as: URL(fileURLWithPath: "/bin/sh"))
        }

        @Test("memory is compared with the limit before weights are made, and no run is left")
        func checksFirst() throws {
            let commands = [
                TrainingPlace.train("wrn-40-100"),
                TrainingPlace.train("wrn-40-100", run: "seeds", options: ["--seeds", "2"]),
                ["find-lr", "wrn-40-100", "--data", "data", "--batch", "16"],
                ["bench", "wrn-40-100", "--batch", "16", "--train"],
            ]
            for command in commands {
                let result = try run(command, limit: "-v 3000000")
                #expect(result.code == 1, "\(command)")
                #expect(
                    result.problem.contains(
                        " of memory, the limit on this process ('ulimit -v') leaves "),
                    "\(command): \(result.problem)")
                #expect(result.problem.hasSuffix("choose a smaller batch or a smaller network\n"))
            }
            #expect(try place.contents().allSatisfy { $0.hasPrefix("data") })
        }

        @Test("an allocation that fails says so")
        func failedAllocation() throws {
            // A file of 1.5 GiB that takes no space, and is read whole.
            let images = place.path + "/data/train-images-idx3-ubyte"
            try #require(truncate(images, 3 << 29) == 0)
            for command in [TrainingPlace.train(), ["data", "inspect", "data"]] {
                let result = try run(command, limit: "-v 1000000")
                #expect(result.code == 1)
                #expect(
                    result.problem.hasPrefix("wrn: error: cannot allocate "),
                    "\(result.problem)")
                #expect(result.problem.split(separator: "\n").count == 1, "\(result.problem)")
            }
        }

        @Test("few files at a time are enough, or a sentence says that they are not")
        func fewFiles() throws {
            for count in [4, 5, 6, 8, 12, 16] {
                let result = try run(
                    TrainingPlace.train(run: "run\(count)", epochs: 1), limit: "-n \(count)")
                #expect([0, 1].contains(result.code), "\(count): \(result.problem)")
                let lines = result.problem.split(separator: "\n")
                #expect(lines.allSatisfy { !$0.contains("rash") }, "\(count): \(result.problem)")
                #expect(
                    result.code == 0 || lines.last?.hasPrefix("wrn: error: ") == true,
                    "\(count): \(result.problem)")
            }
        }
    }
#endif
