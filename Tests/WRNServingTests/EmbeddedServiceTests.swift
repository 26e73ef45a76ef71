// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import Foundation
    import Testing
    import WRNImages
    import WRNInference

    @Suite("The example of an application with a service of its own")
    struct EmbeddedServiceTests {
        @Test("it answers as a classifier does, and refuses what is no image")
        func answers() async throws {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            var directory = URL(fileURLWithPath: tests).deletingLastPathComponent()
            while directory.path != "/",
                !FileManager.default.isExecutableFile(atPath: directory.path + "/EmbeddedService")
            {
                directory.deleteLastPathComponent()
            }
            let log = FileManager.default.temporaryDirectory
                .appendingPathComponent("wrn-test-\(UUID().uuidString)")
            try Data().write(to: log)
            let output = try FileHandle(forWritingTo: log)
            let process = Process()
            process.executableURL = directory.appendingPathComponent("EmbeddedService")
            process.environment = ProcessInfo.processInfo.environment.merging(
                ["PORT": "0", "LOG_LEVEL": "info"], uniquingKeysWith: { $1 })
            process.standardOutput = output
            process.standardError = output
            try process.run()
            defer {
                process.terminate()
                process.waitUntilExit()
                try? FileManager.default.removeItem(at: log)
            }
            var port: Int?
            while port == nil, process.isRunning {
                try await Task.sleep(for: .milliseconds(20))
                let text = String(decoding: try Data(contentsOf: log), as: UTF8.self)
                port = text.firstMatch(of: /listening on [^ ]*:(\d+)/).flatMap { Int($0.output.1) }
            }
            let image = PixelImage(
                height: 40, width: 40, channels: 3,
                pixels: (0..<4800).map { UInt8(truncatingIfNeeded: $0 * 7) })
            let expected = try Classifier(contentsOf: .bundled).classify([image])[0]
            let connection = try RawConnection(port: try #require(port))
            let answer = await connection.answer(to: "POST /classify", body: try image.png())
            #expect(
                answer.map { String(decoding: $0.body, as: UTF8.self) }
                    == expected.prefix(3).map { "\($0.className) \($0.probability)\n" }.joined())
            let refusal = await connection.answer(to: "POST /classify", body: [1, 2, 3])
            #expect(refusal?.status == 400)
        }
    }
#endif
