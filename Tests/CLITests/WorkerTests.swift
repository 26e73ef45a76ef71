// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("wrn under a launcher of several processes")
struct WorkerTests {
    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
    }

    private static let train = ["train", "wrn-10-1", "--data", "nowhere", "--shards", "2"]

    private func run(_ arguments: [String], rank: Int) throws -> Program.Result {
        try Program.run(
            arguments, in: workplace.path,
            environment: ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "\(rank)"])
    }

    // With the trait MPI the program looks for the launcher itself.
    #if !MPI
        @Test(
            "a build without MPI refuses to train once in each process",
            arguments: [
                Self.train, ["finetune", "--data", "nowhere"],
                ["bench", "wrn-10-1", "--train", "--batch", "2", "--shards", "2"],
            ])
        func withoutMPI(arguments: [String]) throws {
            let result = try run(arguments, rank: 0)
            #expect(result.code == 1)
            #expect(
                result.problem
                    == "wrn: error: Open MPI has started 2 processes, but this build has no MPI to "
                    + "join them, so that each would train alone; start one process, or build the "
                    + "package with its trait MPI\n")
        }

        @Test("only the first process shows the error")
        func oneSentence() throws {
            let result = try run(Self.train, rank: 1)
            #expect(result.code == 1)
            #expect(result.problem.isEmpty)
            #expect(result.output.isEmpty)
        }
    #endif

    @Test(
        "what is the work of one process is refused",
        arguments: [
            (["demo"], "wrn demo"),
            (["tune", "wrn-10-1", "--data", "x", "--dir", "r", "--try", "lr=0.1,0.2"], "wrn tune"),
            (Self.train + ["--seeds", "2", "--run", "r"], "--seeds"),
            (Self.train + ["--overfit", "8"], "--overfit"),
            (Self.train + ["--minutes", "5"], "--minutes"),
            (["finetune", "--data", "nowhere", "--minutes", "5"], "--minutes"),
            (["bench", "wrn-10-1"], "wrn bench without --shards"),
        ])
    func refused(arguments: [String], use: String) throws {
        let result = try run(arguments, rank: 0)
        #expect(result.code == 2)
        #expect(
            result.problem
                == "wrn: error: Open MPI has started 2 processes, but \(use) is the work of one; "
                + "start it without a launcher\n")
    }

    @Test("the time-out of workers has a range")
    func timeout() throws {
        let result = try Program.run(
            Self.train + ["--worker-timeout", "1"], in: workplace.path)
        #expect(result.code == 2)
        #expect(result.problem.contains("--worker-timeout must be in 2...86400, not 1"))
    }
}
