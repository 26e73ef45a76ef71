// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The files of a body of the type `multipart/form-data` (RFC 7578).
enum Multipart {
    /// The parameter `boundary` of a content type; nil for another type.
    static func boundary(of type: String) -> String? {
        guard type.lowercased().hasPrefix("multipart/form-data") else { return nil }
        for part in type.split(separator: ";").dropFirst() {
            // A client may send a part of nothing but the sign.
            guard let sign = part.firstIndex(of: "=") else { continue }
            let name = part[..<sign].trimmingPrefix(while: { $0 == " " }).lowercased()
            guard name == "boundary" else { continue }
            return String(part[part.index(after: sign)...]).filter { $0 != "\"" }
        }
        return ""
    }

    /// The parts in their order, each an image.
    ///
    /// - Throws: A ``Refusal`` for a body that is cut off, or has no part or more than `limit`.
    static func images(
        in body: [UInt8], boundary: String, limit: Int
    ) throws(Refusal) -> [EncodedImage] {
        guard (1...70).contains(boundary.utf8.count), !boundary.contains(where: \.isNewline) else {
            throw .invalid("expected a boundary of 1 to 70 characters in the content type")
        }
        let delimiter = Array("\r\n--\(boundary)".utf8)
        var images: [EncodedImage] = []
        // The first delimiter has no line before it.
        guard body.starts(with: delimiter.dropFirst(2)) else {
            throw .invalid("the form does not begin with its boundary")
        }
        var place = delimiter.count - 2
        while true {
            if body[place...].starts(with: Array("--".utf8)) { break }
            guard let head = find(Array("\r\n\r\n".utf8), in: body, from: place) else {
                throw .invalid("the form ends in the head of a part")
            }
            guard let end = find(delimiter, in: body, from: head + 2) else {
                throw .invalid("the form ends in a part; its last boundary is missing")
            }
            guard images.count < limit else {
                throw .invalid("expected at most \(limit) images in the form, found more")
            }
            images.append(
                EncodedImage(
                    name: "image \(images.count + 1)", bytes: Array(body[min(head + 4, end)..<end]))
            )
            place = end + delimiter.count
        }
        guard !images.isEmpty else { throw .invalid("expected an image in the form, found none") }
        return images
    }

    /// The first place of a needle that begins with a carriage return.
    ///
    /// The time is linear, also for a body of beginnings of the needle: a delimiter has one return,
    /// its first byte, so that none of the bytes that agreed can begin another one.
    private static func find(_ needle: [UInt8], in body: [UInt8], from start: Int) -> Int? {
        let hasOneReturn = needle.count(where: { $0 == needle[0] }) == 1
        return body.withUnsafeBytes { bytes in
            var place = start
            while place <= bytes.count - needle.count {
                guard let base = bytes.baseAddress,
                    let found = memchr(base + place, Int32(needle[0]), bytes.count - place)
                else { return nil }
                place = base.distance(to: UnsafeRawPointer(found))
                guard place <= bytes.count - needle.count else { return nil }
                var count = 1
                while count < needle.count, bytes[place + count] == needle[count] { count += 1 }
                if count == needle.count { return place }
                place += hasOneReturn ? count : 1
            }
            return nil
        }
    }
}
