// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNInspect
import WRNZoo

@testable import wrn

@Suite("wrn verify")
struct VerifyTests {
    @Test("shows the paper's tables and explains its errors, within 80 columns")
    func golden() throws {
        let result = try Workplace().run("verify")
        #expect(result.code == 0)
        #expect(result.problem.isEmpty)
        #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        try expectSnapshot(result.output, named: "verify")
    }

    @Test("one network has its rows, or is counted")
    func oneNetwork() throws {
        let workplace = try Workplace()
        let known = try workplace.run("verify", "WRN-40-1")
        #expect(known.code == 0)
        #expect(known.output.contains(/40-1 +wrn-40-1 +39 +0\.6M +563,930 +see \[8\]/))
        #expect(known.output.contains("[8] Networks of width 1"))
        #expect(!known.output.contains("[7]"))
        let other = try workplace.run("verify", "wrn-34-10", "--classes", "100")
        #expect(other.code == 0)
        #expect(other.output.contains(/wrn-34-10 +wrn-34-10 +34 +- +46,218,164 +ok/))
    }

    @Test("JSON holds every row and note")
    func json() throws {
        let output = try Workplace().run("verify", "--json").output
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
        let verification = try #require(object["verification"] as? [String: Any])
        #expect(object["passes"] as? Bool == true)
        #expect((verification["rows"] as? [[String: Any]])?.count == 42)
        #expect((verification["errata"] as? [[String: Any]])?.count == 9)
        #expect((verification["groups"] as? [[String: Any]])?.count == 5)
    }

    @Test("what is neither as stated nor as explained fails by name")
    func failure() throws {
        let json = try JSONEncoder().encode(Verification(Zoo.network(named: "wrn-28-10")))
        let bent = String(decoding: json, as: UTF8.self)
            .replacing("\"agrees\"", with: "\"disagrees\"", maxReplacements: 1)
        let verification = try JSONDecoder().decode(Verification.self, from: Data(bent.utf8))
        #expect(!verification.passes)
        let error = #expect(throws: Verify.Disagreement.self) { try Verify.check(verification) }
        #expect(
            error?.description
                == "neither as the paper states nor as the notes explain: wrn-28-10")
        let failure = try #require(error)
        #expect(ExitReport(failure).code == 1)
        let text = VerificationReport(verification).text(width: 80).description
        #expect(text.contains("WRONG"))
        #expect(text.contains("1 as stated, 1 WRONG."))
    }

    @Test("classes without a name are refused")
    func classesWithoutName() throws {
        let result = try Workplace().run("verify", "--classes", "100")
        #expect(result.code == 2)
        #expect(
            result.problem
                == "wrn: error: --classes needs the name of a network; see 'wrn verify --help'\n")
    }
}
