// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph

@testable import WRNInspect
@testable import WRNZoo

@Suite("The paper's tables against the networks")
struct VerificationTests {
    @Test("agree, but for the known errors")
    func all() throws {
        let verification = try Verification()
        #expect(verification.passes)
        #expect(verification.groups.count == 5)
        #expect(verification.groups.allSatisfy { $0.networks.count == 10 && $0.verdict == .agrees })
        let rows = verification.rows
        let perTable = Dictionary(grouping: rows) { $0.table ?? 0 }.mapValues(\.count)
        #expect(perTable == [2: 6, 3: 4, 4: 10, 5: 10, 7: 7, 8: 5])
        #expect(rows.allSatisfy { $0.parameters == $0.closedFormParameters })
        let explained = rows.filter { $0.verdict == .explained }.map(\.label)
        #expect(
            explained == [
                "40 B(1,3,1)", "40 B(3,1,1)", "22 B(3,1,3)", "40-1", "original-ResNet 1202",
                "stoc-depth 1202", "pre-act-ResNet 1001",
            ])
        #expect(rows.filter { $0.verdict == .agrees }.count == 35)
    }

    @Test("nine errata are confirmed by counting, and each is pointed to")
    func errata() throws {
        let verification = try Verification()
        #expect(verification.errata.map(\.number) == Array(1...9))
        #expect(verification.errata.filter { !$0.isConfirmed }.isEmpty)
        #expect(Set(Paper.rows.flatMap(\.notes)) == Set(1...9))
        let figures = [
            (
                1,
                [
                    "1,429,082", "953,306", "1,343,066", "867,290", "1,145,498", "735,578", "58",
                    "31",
                ]
            ),
            (2, ["12, 6, 4 and 3", "2,243,546", "327,599,360", "40 convolutions"]),
            (3, ["2.3M", "9.0M", "35.8M", "52.6M", "26.9M", "17.2M"]),
            (4, ["19,421,274", "19,424,026"]), (5, ["10,327,706", "10,178,490"]),
            (6, ["6.03", "5.79"]), (7, ["2.08", "2.07", "4.66", "4.56", "4.38"]),
            (8, ["39", "27"]), (9, ["208,061,696"]),
        ]
        for (number, texts) in figures {
            for text in texts {
                #expect(verification.errata[number - 1].explanation.contains(text), "\(text)")
            }
        }
    }

    @Test(
        "a wrong row is found out",
        arguments: [
            PaperRow(4, "28-10", "wrn-28-10", depth: 28, "36.4M"),
            PaperRow(4, "28-10", "wrn-28-10", classes: 1000, depth: 28, "36.5M"),
            PaperRow(4, "28-10", "wrn-28-10", depth: 27, "36.5M"),
            PaperRow(4, "28-10", "wrn-28-10", depth: 28, trueDepth: 27, "36.5M"),
            PaperRow(4, "28-10", "wrn-28-10", depth: 28, "36.5M", trueParameters: "36.6M"),
            PaperRow(4, "28-10", "wrn-28-10", depth: 28, "about 36 million"),
            PaperRow(4, "40-1", "wrn-40-1", depth: 40, "0.6M", notes: [8]),
            PaperRow(8, "ResNet-50", "resnet-101", classes: 1000, depth: 50, "44.5M"),
        ])
    func wrongRow(_ row: PaperRow) throws {
        #expect(try Verification.Row(row).verdict == .disagrees)
    }

    @Test("one network has its rows and their notes only")
    func oneNetwork() throws {
        let verification = try Verification(Zoo.network(named: "wrn-28-10"))
        #expect(verification.rows.map(\.table) == [4, 5])
        #expect(verification.errata.map(\.number) == [7])
        #expect(verification.groups.isEmpty)
        #expect(verification.passes)
        // The tables count for 10 classes.
        let other = try Verification(Zoo.network(named: "wrn-28-10", classes: 100))
        #expect(other.rows.map(\.table) == [nil])
        #expect(other.rows[0].parameters == 36_536_884)
        #expect(other.rows[0].verdict == .agrees)
    }

    @Test(
        "a network that is in no table is held against its name and the closed form",
        arguments: [
            ("wrn-34-10", Verification.Verdict.agrees, 34, [Int]()),
            ("wrn-28-1", .explained, 27, [8]),
            ("wrn-58-1-b131-table2", .explained, 84, [1, 8]), ("wrn-13-0.5-b131", .agrees, 13, []),
            ("wrn-101-2", .agrees, 101, []), ("resnet-50-cifar", .agrees, 50, []),
            ("resnet-20-b", .agrees, 20, []), ("preact-wrn-50-2", .agrees, 50, []),
        ])
    func otherNetworks(
        name: String, verdict: Verification.Verdict, depth: Int, notes: [Int]
    ) throws {
        let row = try #require(Verification(Zoo.network(named: name)).rows.first)
        #expect(row.table == nil)
        #expect(row.verdict == verdict)
        #expect(row.depth == depth)
        #expect(row.notes == notes)
    }

    @Test(
        "counts are rounded half up and printed as in the paper",
        arguments: [
            (36_479_194, 1, "36.5M"), (563_930, 1, "0.6M"), (10_961_370, 1, "11.0M"),
            (49_999, 1, "0.0M"), (50_000, 1, "0.1M"), (1_499_999, 0, "1M"), (1_500_000, 0, "2M"),
            (1_234_567, 2, "1.23M"), (0, 1, "0.0M"),
        ])
    func rounding(count: Int, decimals: Int, text: String) {
        let rounded = RoundedCount(count, decimals: decimals)
        #expect(rounded.description == text)
        #expect(RoundedCount(text) == rounded)
    }

    @Test(
        "what is no rounded count is none", arguments: ["", "M", "36.5", "36,5M", "3.6.5M", "xM"])
    func noCount(text: String) {
        #expect(RoundedCount(text) == nil)
    }
}
