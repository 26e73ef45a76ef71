// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("Help")
struct HelpTests {
    @Test(
        "says what each command takes",
        arguments: [
            "", "demo", "summary", "diagram", "verify", "compare", "train", "finetune", "evaluate",
            "calibrate", "predict", "explain", "features", "weights", "weights list", "weights get",
            "data", "data get", "data list", "data inspect", "data preview", "data bench", "bench",
            "plan",
            "identify", "convert", "export", "recipes", "find-lr", "tune", "report", "runs",
            "runs list",
            "runs compare", "runs tag", "runs remove",
        ])
    func help(_ command: String) throws {
        let workplace = try Workplace()
        let arguments = command.split(separator: " ").map(String.init) + ["--help"]
        let result = try Program.run(arguments, in: workplace.path)
        #expect(result.code == 0)
        #expect(result.problem.isEmpty)
        // A terminal of 80 columns breaks no line.
        #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        try expectSnapshot(
            result.output, named: (["help"] + command.split(separator: " ")).joined(separator: "-"))
    }

    @Test("comes without a command, too")
    func noCommand() throws {
        let workplace = try Workplace()
        let (bare, asked) = (try workplace.run(), try workplace.run("--help"))
        #expect(bare.code == 0)
        #expect(bare.output == asked.output)
    }

    @Test("the version is one line")
    func version() throws {
        let result = try Workplace().run("--version")
        #expect(result.code == 0)
        #expect(result.output == "0.1.0-dev\n")
    }
}
