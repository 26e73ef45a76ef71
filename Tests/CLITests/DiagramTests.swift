// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import wrn

@Suite("wrn diagram")
struct DiagramTests {
    @Test("writes SVG to the standard output, or to a file with any name, again and again")
    func files() throws {
        let workplace = try Workplace()
        let written = try workplace.run("diagram", "wrn-16-2")
        #expect(written.code == 0)
        #expect(written.output.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""))
        #expect(written.output.hasSuffix("</svg>\n"))
        for network in ["resnet-20", "wrn-16-2"] {
            let result = try workplace.run("diagram", network, "-o", "my drawing.SVG")
            #expect(result.code == 0)
            #expect(result.output.isEmpty && result.problem.isEmpty)
        }
        #expect(try workplace.bytes(of: "my drawing.SVG") == Array(written.output.utf8))
        #expect(try workplace.contents().filter { $0.hasPrefix(".wrn-") }.isEmpty)
    }

    @Test("draws what was asked for")
    func kinds() throws {
        let workplace = try Workplace()
        func drawn(_ arguments: String...) throws -> String {
            let result = try Program.run(["diagram"] + arguments, in: workplace.path)
            #expect(result.code == 0)
            return result.output
        }
        let block = try drawn("wrn-16-2", "--kind", "block", "--dropout", "0.3")
        #expect(block.contains("dropout 0.3</text>"))
        #expect(block.contains("wrn-16-2: block group0.block0, B(3,3)"))
        #expect(!block.contains("Q = "))
        let network = try drawn("wrn-16-2", "--kind", "network", "--input", "1x28x28")
        #expect(network.contains("1 × 28×28"))
        #expect(network.contains("128 × 7×7"))
        let silhouettes = try drawn("wrn-28-10", "resnet-101", "--kind", "silhouette")
        #expect(silhouettes.contains("Q = 0.454; 26 layers, up to 640 channels"))
        #expect(silhouettes.contains("101 layers, up to 2,048 channels"))
        let all = try drawn("wrn-28-10", "resnet-101")
        #expect(all.count { $0 == "Q" } > 2)
        #expect(all.contains("resnet-101: block layer1.0, B(1,3,1)"))
    }

    @Test("PNG is made by librsvg's program, or refused with what to install")
    func png() throws {
        let workplace = try Workplace()
        let before = try workplace.contents()
        let none = try workplace.run(
            "diagram", "wrn-10-1", "-o", "a.png", environment: ["PATH": "/nowhere"])
        #expect(none.code == 1)
        #expect(
            none.problem
                == "wrn: error: PNG needs the program rsvg-convert, which is not installed; install librsvg2-bin "
                + "(Debian, Ubuntu) or librsvg (Homebrew), or write to a file that ends in .svg\n")
        #expect(try workplace.contents() == before)
    }

    @Test("the program's output becomes the file, and its failure a sentence")
    func converter() throws {
        let workplace = try Workplace()
        func install(_ script: String) throws -> [String: String] {
            let path = workplace.path + "/rsvg-convert"
            try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: path)
            return ["PATH": workplace.path + ":/usr/bin:/bin"]
        }
        // It shows its arguments and how much it was given.
        let good = try install("echo \"$@\"; wc -c")
        let done = try workplace.run(
            "diagram", "wrn-10-1", "-o", "a.png", environment: good)
        #expect(done.code == 0, "\(done.problem)")
        let text = String(decoding: try workplace.bytes(of: "a.png"), as: UTF8.self)
        let svg = try workplace.run("diagram", "wrn-10-1").output
        #expect(text.split(separator: "\n").first == "--format png --zoom 2")
        #expect(text.contains("\(svg.utf8.count)"))
        let bad = try install("cat > /dev/null; echo cannot draw >&2; exit 7")
        let failed = try workplace.run("diagram", "wrn-10-1", "-o", "b.png", environment: bad)
        #expect(failed.code == 1)
        #expect(failed.problem.contains("rsvg-convert failed with code 7: cannot draw"))
        #expect(try !workplace.contents().contains("b.png"))
    }

    @Test(
        "what cannot be drawn is refused in a sentence",
        arguments: [
            (
                ["wrn-10-1", "-o", "a.jpg"],
                "--output must end in .svg or .png, or be - for the standard output, not \"a.jpg\""
            ),
            (["wrn-28-10", "wrn-27-10"], "depth 27 is not a Wide ResNet's"),
            (["resnet-50", "--dropout", "0.3"], "resnet-50 has no dropout in its blocks"),
            ([], "Missing expected argument '<names> ...'"),
        ] as [([String], String)])
    func refusals(_ arguments: [String], _ sentence: String) throws {
        let workplace = try Workplace()
        let before = try workplace.contents()
        let result = try Program.run(["diagram"] + arguments, in: workplace.path)
        #expect(result.code == 2)
        #expect(result.output.isEmpty)
        #expect(result.problem.contains(sentence), "\(result.problem)")
        #expect(try workplace.contents() == before)
    }

    @Test("a directory that is not there is a failure that leaves nothing")
    func unwritable() throws {
        let workplace = try Workplace()
        let before = try workplace.contents()
        let result = try workplace.run("diagram", "wrn-10-1", "-o", "none/a.svg")
        #expect(result.code == 1)
        #expect(result.problem.contains("none/a.svg"))
        #expect(try workplace.contents() == before)
    }
}
