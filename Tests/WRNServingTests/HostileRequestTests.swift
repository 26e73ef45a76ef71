// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Testing
import WRNImages
import WRNInference
import WRNModel

@testable import WRNServing

@Suite("Hostile requests")
struct HostileRequestTests {
    private struct Case {
        let name: String
        var path = "/v2/models/m/infer"
        var headers: [(HTTPField.Name, String)] = []
        let body: [UInt8]
        var status = 400
    }

    private static func tensor(
        _ name: String, _ type: String, _ shape: String, data: String? = nil,
        parameters: String = "{}", more: String = ""
    ) -> [UInt8] {
        let data = data.map { #","data":\#($0)"# } ?? ""
        return Array(
            (#"{"inputs":[{"name":"\#(name)","datatype":"\#(type)","shape":\#(shape),"#
                + #""parameters":\#(parameters)\#(data)}]\#(more)}"#).utf8)
    }

    private static let picture = PixelImage(
        height: 40, width: 40, channels: 3, pixels: (0..<4800).map { UInt8(truncatingIfNeeded: $0) }
    )

    /// A PNG whose head claims another size.
    private static func png(claiming width: UInt32, _ height: UInt32) throws -> [UInt8] {
        var bytes = try picture.png()
        for (index, number) in [width, height].enumerated() {
            withUnsafeBytes(of: number.bigEndian) {
                bytes.replaceSubrange(16 + 4 * index..<20 + 4 * index, with: $0)
            }
        }
        var checksum = UInt32.max
        for byte in bytes[12..<29] {
            checksum ^= UInt32(byte)
            for _ in 0..<8 {
                checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xEDB8_8320 : checksum >> 1
            }
        }
        withUnsafeBytes(of: (~checksum).bigEndian) { bytes.replaceSubrange(29..<33, with: $0) }
        return bytes
    }

    private static func cases() throws -> [Case] {
        let zeros = [UInt8](repeating: 0, count: 3072)
        let length = HTTPField.Name.inferenceHeaderLength
        let deep = String(repeating: "[", count: 200_000)
        var cases = ["-1", "99999999", "9223372036854775807", "1e3", "", "0x10"].map {
            Case(
                name: "header length \($0)", headers: [(length, $0)],
                body: tensor("pixels", "UINT8", "[1,32,32,3]", parameters: "{}") + zeros)
        }
        for size in [-1, 0, 3071, 3073, Int.max] {
            let head = tensor(
                "pixels", "UINT8", "[1,32,32,3]", parameters: #"{"binary_data_size":\#(size)}"#)
            cases.append(
                Case(
                    name: "binary size \(size)", headers: [(length, "\(head.count)")],
                    body: head + zeros))
        }
        for (name, blob) in [
            ("no length", [1, 0]), ("a length beyond", [255, 255, 255, 255, 1]),
            ("bytes after the last", [0, 0, 0, 0, 7]), ("an empty file", [0, 0, 0, 0]),
        ] as [(String, [UInt8])] {
            let head = tensor(
                "images", "BYTES", "[1]", parameters: #"{"binary_data_size":\#(blob.count)}"#)
            cases.append(
                Case(
                    name: "BYTES with \(name)", headers: [(length, "\(head.count)")],
                    body: head + blob))
        }
        cases += [
            Case(name: "deep lists", body: Array(deep.utf8)),
            Case(name: "deep data", body: tensor("input", "FP32", "[1,3,32,32]", data: deep)),
            Case(
                name: "deep objects",
                body: Array(String(repeating: #"{"a":"#, count: 100_000).utf8)),
            Case(
                name: "more numbers than images of a request have",
                body: tensor(
                    "pixels", "UINT8", "[1,32,32,3]",
                    data: "[" + String(repeating: "0,", count: 64 * 3072) + "0]")),
            Case(
                name: "a thousand outputs",
                body: tensor(
                    "pixels", "UINT8", "[1,32,32,3]", data: "[]",
                    more: #","outputs":["#
                        + String(repeating: #"{"name":"logits"},"#, count: 1000)
                        + #"{"name":"logits"}]"#)),
            Case(
                name: "two inputs",
                body: Array(
                    #"{"inputs":[{"name":"input"},{"name":"pixels"}]}"#.utf8)),
            Case(name: "no input", body: Array(#"{"inputs":[]}"#.utf8)),
            Case(name: "an input without a shape", body: Array(#"{"inputs":[{"name":"m"}]}"#.utf8)),
            Case(
                name: "infinite numbers",
                body: tensor("input", "FP32", "[1,3,32,32]", data: "[1e39]")),
            Case(
                name: "half a pixel",
                body: tensor(
                    "pixels", "UINT8", "[1,32,32,3]",
                    data: "[0.5" + String(repeating: ",0", count: 3071) + "]")),
            Case(
                name: "no Base64",
                body: tensor("images", "BYTES", "[1]", data: #"["%%%"]"#)),
            Case(
                name: "a negative timeout",
                body: tensor(
                    "images", "BYTES", "[1]", data: #"["eA=="]"#,
                    more: #","parameters":{"timeout":-1}"#)),
            Case(name: "no picture", path: "/classify", body: Array("hello".utf8)),
            Case(
                name: "half a picture", path: "/classify",
                body: Array(try picture.png().prefix(200))),
            Case(
                name: "a huge picture", path: "/classify", body: try png(claiming: 60_000, 60_000),
                status: 413),
            Case(
                name: "a picture without rows", path: "/classify", body: try png(claiming: 4, 0)),
            Case(
                name: "a model's name that climbs", path: "/v2/models/..%2F..%2Fetc%2Fpasswd/infer",
                body: [], status: 404),
            Case(
                name: "a form without an end", path: "/classify",
                headers: [(.contentType, "multipart/form-data; boundary=b")],
                body: Array("--b\r\n\r\n".utf8)
                    + Array(repeating: Array("\r\n--".utf8), count: 10_000).joined()),
            Case(
                name: "a form with a boundary of 100 letters", path: "/classify",
                headers: [
                    (
                        .contentType,
                        "multipart/form-data; boundary=" + String(repeating: "b", count: 100)
                    )
                ], body: [1]),
        ]
        cases += ["=", "==", " = ; =", "boundary", "boundary=", "boundary==", ";;=;"].map {
            Case(
                name: "a form with the parameter \($0)", path: "/classify",
                headers: [(.contentType, "multipart/form-data;\($0)")], body: [1])
        }
        return cases
    }

    @Test("each is refused with its status and a sentence that names no path of this machine")
    func refused() async throws {
        let server = try ModelServer(
            models: [(name: "m", load: { try PreparedModel(contentsOf: .bundled) })],
            options: .patient)
        for hostile in try Self.cases() {
            var headers = HTTPFields()
            for (name, value) in hostile.headers { headers[name] = value }
            let reply = await server.reply(
                to: Exchange(.post, hostile.path, headers: headers, body: hostile.body)
            ).1
            #expect(reply.status.code == hostile.status, "\(hostile.name)")
            let sentence = try? JSONDecoder().decode([String: String].self, from: Data(reply.body))[
                "error"]
            #expect((sentence?.count ?? 0) > 10, "\(hostile.name)")
            // The client's own words may come back.
            let rest = sentence?.replacing("../../etc/passwd", with: "")
            #expect(rest?.contains("/") == false, "\(hostile.name): \(sentence ?? "")")
        }
        #expect(server.registry.models[0].service.pendingCount == 0)
    }

    @Test("a form's picture may hold what looks like its boundary, again and again")
    func nearBoundaries() async throws {
        let boundary = String(repeating: "-", count: 60)
        let near = Array("\r\n--\(boundary.dropLast())".utf8)
        let body = Array(repeating: near, count: 500).joined()
        let form =
            Array("--\(boundary)\r\n\r\n".utf8) + body + Array("\r\n--\(boundary)--\r\n".utf8)
        let images = try Multipart.images(in: form, boundary: boundary, limit: 2)
        #expect(images.map(\.bytes) == [Array(body)])
        // A delimiter that begins in what looks like one.
        let overlapping = Array("--b\r\n\r\nx\r\n\r\n-\r\n--b--".utf8)
        let found = try Multipart.images(in: overlapping, boundary: "b", limit: 2)
        #expect(found.map(\.bytes) == [Array("x\r\n\r\n-".utf8)])
    }

    @Test("a path stands in the log on one line, without what would change a terminal")
    func logged() {
        let long = "/" + String(repeating: "a", count: 300)
        // Over HTTP/2 a path may hold these; HTTP/1.1 has no room for the controls of ASCII.
        for (path, shown) in [
            ("/a\u{9b}31mRED\u{202e}abc", #"/a\u{9b}31mRED\u{202e}abc"#),
            ("/\u{2028}GET / 200", #"/\u{2028}GET / 200"#), ("/카메라?top=1", "/카메라?top=1"),
            (long, String(long.prefix(200))),
        ] {
            let head = HTTPRequest(method: .get, scheme: "https", authority: "a", path: path)
            #expect(ModelServer.logLine(head, .notFound) == "GET \(shown) 404")
        }
    }
}
