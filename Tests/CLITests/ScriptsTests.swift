// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The scripts that a newcomer runs first, with stand-ins for the system's commands.
@Suite("Scripts")
struct ScriptsTests {
    private static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("no script pipes into a reader that may stop early, which pipefail takes for a failure")
    func readsPipesToTheirEnd() throws {
        let early = /[^|]\|\s*(grep\s+(-\w+\s+)*-\w*[qm]|head\b|sed\s.*\bq['"])/
        var scripts = 0
        for folder in ["Scripts", ".ci", "Benchmarks"] {
            let directory = Self.repository.appendingPathComponent(folder)
            for file in try FileManager.default.contentsOfDirectory(
                at: directory, includingPropertiesForKeys: nil)
            {
                guard let text = try? String(contentsOf: file, encoding: .utf8),
                    text.hasPrefix("#!/usr/bin/env bash")
                else { continue }
                scripts += 1
                for line in text.split(separator: "\n") where !line.hasPrefix("#") {
                    let stops = line.contains(early)
                    #expect(!stops, "\(file.lastPathComponent): \(line)")
                }
            }
        }
        #expect(scripts > 15)
    }

    /// Runs the check of links on pages, each a path and its text.
    private func checkLinks(_ pages: KeyValuePairs<String, String>) throws -> Program.Result {
        let place = try Workplace()
        for (path, text) in pages {
            let url = URL(fileURLWithPath: place.path + "/pages/" + path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        return try Program.run(
            [
                Self.repository.appendingPathComponent("Scripts/check-links").path,
                place.path + "/pages",
            ],
            in: place.path, as: URL(fileURLWithPath: "/bin/bash"))
    }

    @Test("links to files, directories, headings and articles that are there pass")
    func aliveLinks() throws {
        let result = try checkLinks([
            "README.md": """
            # The `name`, and **more**
            [a](Pages/A.md), [folder](Pages), ![picture](Pages/p%201.svg "title")
            [here](#the-name-and-more), [again](#the-name-and-more-1), [there](Pages/A.md#one_two)
            [web](https://example.org/nothing), [`code`](Pages/A.md)
            `[no](link)` and ``[no `](link)``

                [no](link) in code

            ```swift
            list[0](call)
            # [no](heading)
            ```

            ## The name and more

            [reference]: Pages/A.md
            """,
            "Pages/A.md": "## One_two\n- item\n\n    [up](../README.md)\n",
            "Pages/p 1.svg": "<svg/>",
            "Book.docc/Book.md": "<doc:First> <doc:Module/Type> ``Symbol``",
            "Book.docc/First.md": "# First\n", ".hidden/B.md": "[dead](nowhere.md)",
        ])
        #expect(result.code == 0, "\(result.problem)")
        #expect(result.output == "11 links in 4 pages\n")
    }

    @Test("a dead link of each kind is named with its page and line")
    func deadLinks() throws {
        let result = try checkLinks([
            "README.md": """
            # One
            [file](Pages/B.md)
            [heading](Pages/A.md#two) and [own](#two)
            <img src="Pages/p.png">
            - [in a list](nowhere)

            [outside](../model)
            [reference]: Nowhere.md
            [empty]()
            """,
            "Pages/A.md": "# One\n[up](README.md)\n```\n## Two\n```\n",
            "Book.docc/Book.md": "<doc:First>",
        ])
        #expect(result.code == 1)
        #expect(
            result.problem.split(separator: "\n") == [
                "Book.docc/Book.md:1: there is no article First (doc:First)",
                "Pages/A.md:2: there is no Pages/README.md (README.md)",
                "README.md:2: there is no Pages/B.md (Pages/B.md)",
                "README.md:3: there is no heading #two in Pages/A.md (Pages/A.md#two)",
                "README.md:3: there is no heading #two in README.md (#two)",
                "README.md:4: there is no Pages/p.png (Pages/p.png)",
                "README.md:5: there is no nowhere (nowhere)",
                "README.md:7: the link leaves the repository (../model)",
                "README.md:8: there is no Nowhere.md (Nowhere.md)",
                "README.md:9: the link has no target",
                "check-links: 10 of 10 links are dead",
            ])
    }

    #if os(Linux)
        @Test("setup --data installs the data package, however long apt-cache goes on writing")
        func installsData() throws {
            let system = try StandInSystem(candidate: "1.0")
            for _ in 0..<10 {
                let result = try system.run("Scripts/setup", "--data")
                #expect(result.code == 0, "\(result.problem)")
                #expect(result.problem == "setup: installing dataset-fashion-mnist\n")
            }
            let calls = try system.calls()
            #expect(calls.count == 10)
            #expect(
                calls.allSatisfy { $0.contains(" install ") && $0.hasSuffix(StandInSystem.data) })
        }

        @Test("setup --data says when the distribution has no data package")
        func lacksData() throws {
            for candidate in ["(none)", nil] {
                let system = try StandInSystem(candidate: candidate)
                let result = try system.run("Scripts/setup", "--data")
                #expect(result.code == 0)
                #expect(
                    result.problem == "setup: this distribution has no dataset-fashion-mnist\n")
                #expect(try system.calls().isEmpty)
            }
        }

        @Test("demo goes on to the program when the data package cannot be installed")
        func demonstratesWithoutData() throws {
            for candidate in ["1.0", "(none)"] {
                let system = try StandInSystem(candidate: candidate, installs: false)
                let result = try system.run("Scripts/demo", "--epochs", "2")
                #expect(result.code == 0, "\(result.problem)")
                #expect(result.output.hasSuffix("wrn demo --epochs 2\n"))
            }
        }
    #endif
}

#if os(Linux)
    /// A directory of commands that stand in for those of the system, and write down how apt-get is
    /// called.
    private final class StandInSystem {
        static let data = "dataset-fashion-mnist"

        private let place: Workplace
        private let repository = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

        /// - Parameters:
        ///   - candidate: The version of the data package that `apt-cache policy` names; nil for a
        ///     unknown package.
        ///   - installs: Whether `apt-get` succeeds.
        init(candidate: String?, installs: Bool = true) throws {
            place = try Workplace()
            try FileManager.default.createDirectory(
                atPath: place.path + "/bin", withIntermediateDirectories: false)
            // More than a pipe holds follows the line that matters.
            let policy =
                candidate.map {
                    """
                    printf '\(Self.data):\\n  Installed: (none)\\n  Candidate: \($0)\\n'
                    for ((line = 0; line < 5000; line++)); do echo '     500 http://example.org/debian stable/main'; done
                    """
                } ?? "true"
            try command("apt-cache", "set -e\n" + policy)
            try command(
                "apt-get",
                "echo \"apt-get $*\" >>'\(place.path)/calls'\n" + (installs ? "exit 0" : "exit 100")
            )
            try command(
                "dpkg-query",
                "case \"$*\" in *\(Self.data)*) exit 1 ;; *) printf installed ;; esac")
            try command("id", "echo 0")
            try command(
                "swift",
                "case \"$*\" in *--show-bin-path*) echo '\(place.path)/bin' ;; *) exit 0 ;; esac")
            try command("wrn", "echo \"wrn $*\"")
        }

        private func command(_ name: String, _ script: String) throws {
            let path = "bin/" + name
            try place.write(Array("#!/bin/bash\n\(script)\n".utf8), to: path)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: place.path + "/" + path)
        }

        func run(_ script: String, _ arguments: String...) throws -> Program.Result {
            try Program.run(
                [repository.appendingPathComponent(script).path] + arguments, in: place.path,
                environment: ["PATH": "\(place.path)/bin:/usr/bin:/bin"],
                as: URL(fileURLWithPath: "/bin/bash"))
        }

        /// How apt-get was called, without updates of the lists.
        func calls() throws -> [String] {
            guard FileManager.default.fileExists(atPath: place.path + "/calls") else { return [] }
            return String(decoding: try place.bytes(of: "calls"), as: UTF8.self)
                .split(separator: "\n").map(String.init).filter { !$0.hasSuffix(" update") }
        }
    }
#endif
