// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNRuns

@testable import wrn

@Suite("--checkpoint-every and --keep-checkpoints")
struct CheckpointOptionsTests {
    @Test("take steps and times")
    func takes() throws {
        let expected: [(String, CheckpointPolicy.Interval)] = [
            ("1", .steps(1)), ("200", .steps(200)), ("90s", .time(.seconds(90))),
            ("10min", .time(.seconds(600))), ("30m", .time(.seconds(1800))),
            ("1h", .time(.seconds(3600))), ("8760h", .time(.seconds(31_536_000))),
        ]
        for (argument, interval) in expected {
            #expect(try CheckpointPolicy.Interval(argument: argument) == interval)
        }
    }

    @Test(
        "refuse what is neither, in a sentence",
        arguments: [
            (
                ["", "s", "-5", "+5", "1.5h", "10 min", "10sec", "10H", "ten", "1h30m"],
                "expected a number of steps or a time in whole s, min or h, for example 200, 90s, 10min or 1h"
            ),
            (
                ["0", "00", "99999999999999999999"],
                "expected 1 step or more, and at most 9223372036854775807"
            ),
            (["0h", "8761h", "99999999999999999999h"], "expected 1 to 8760 h, which is a year"),
            (["0s", "31536001s"], "expected 1 to 31536000 s, which is a year"),
        ])
    func refuses(arguments: [String], sentence: String) {
        for argument in arguments {
            let error = #expect(throws: (any Error).self, "\(argument)") {
                try CheckpointPolicy.Interval(argument: argument)
            }
            #expect(error.map { "\($0)" }?.contains(sentence) == true, "\(argument)")
        }
    }

    @Test("name the option in what the program says, and keep as many checkpoints as wanted")
    func program() throws {
        let place = try TrainingPlace()
        let refused = try place.run(TrainingPlace.train(options: ["--checkpoint-every", "5 min"]))
        #expect(refused.code == 2)
        #expect(
            refused.problem.hasPrefix(
                "wrn: error: The value '5 min' is invalid for '--checkpoint-every <steps|time>': "
                    + "expected a number of steps or a time in whole s, min or h"),
            "\(refused.problem)")
        let result = try place.run(
            TrainingPlace.train(options: ["--checkpoint-every", "1", "--keep-checkpoints", "4"]))
        #expect(result.code == 0, "\(result.problem)")
        #expect(
            try place.contents().filter { $0.hasPrefix("run/") }
                == TrainingPlace.files(of: "run", steps: [3, 4, 5, 6]))
    }
}
