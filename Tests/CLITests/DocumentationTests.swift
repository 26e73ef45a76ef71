// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNGraph
import WRNInspect
import WRNZoo

@Suite("The pages about the networks")
struct DocumentationTests {
    private func page(_ name: String) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appendingPathComponent("Documentation/\(name).md")
        return try String(contentsOf: file, encoding: .utf8)
    }

    @Test("Paper against practice has the figures of wrn verify")
    func figures() throws {
        let page = try page("PaperAgainstPractice")
        let verification = try Verification()
        for erratum in verification.errata {
            // 2,243,546, 19.4M, 6.03: what has a comma or a dot between digits.
            for match in erratum.explanation.matches(of: /\d[\d,]*[.,]\d+M?/) {
                #expect(page.contains(match.output), "note \(erratum.number): \(match.output)")
            }
            #expect(page.contains("**\(erratum.number). "))
        }
        let verdicts = verification.rows.map(\.verdict) + verification.groups.map(\.verdict)
        let explained = verdicts.count { $0 == .explained }
        #expect(
            page.contains(
                "Of \(verdicts.count) rows \(verdicts.count - explained) are as stated, and \(explained) are"
            ))
    }

    @Test(
        "every name that a page has is a network's",
        arguments: ["Networks", "PaperAgainstPractice"])
    func names(_ name: String) throws {
        // Pictures are named for networks, too: `network-wrn-28-10.svg`.
        let names = try page(name).replacing(/[-\w.\/]+\.svg/, with: "")
            .matches(of: /\b(preact-)?(wrn|resnet)-\d+[-.\da-z]*[\da-z]/)
            .map { String($0.output.0) }
        #expect(names.count > 10)
        for name in Set(names) {
            #expect(throws: Never.self, "\(name)") { try Zoo.network(named: name) }
        }
    }
}
