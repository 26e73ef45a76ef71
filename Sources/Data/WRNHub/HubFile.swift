// SPDX-License-Identifier: Apache-2.0

/// A file in a repository of the hub: `ORGANIZATION/NAME@REVISION:FILE`.
struct HubFile: Hashable, Sendable {
    /// The file when none is named.
    static let defaultFile = "model.safetensors"
    /// The revision when none is named, and nothing is in the cache.
    static let defaultRevision = "main"
    /// The longest part of a reference, in bytes.
    static let maximumByteCount = 96
    /// The longest revision or file, in bytes.
    static let maximumPathByteCount = 512

    let organization: String
    let name: String
    /// A commit, a branch or a tag; nil when none is given.
    let revision: String?
    /// The path in the repository.
    let file: String

    /// `timm/wide_resnet50_2.racm_in1k`.
    var repository: String { organization + "/" + name }

    /// Whether the revision is a commit, which never changes.
    var isExact: Bool { revision.map(Self.isCommit) ?? false }

    /// Checks the parts, because they become names of files and parts of addresses.
    init(
        organization: String, name: String, revision: String?, file: String
    ) throws(HubError) {
        for part in [organization, name] {
            guard Self.isName(part), !part.contains("--"), !part.contains(".."),
                part.utf8.count <= Self.maximumByteCount
            else {
                throw HubError(
                    .invalidReference,
                    "'\(organization)/\(name)' cannot be a repository of the hub: '\(part)' must "
                        + "be 1 to \(Self.maximumByteCount) letters, digits, '.', '_' and '-', not "
                        + "beginning or ending with '.' or '-', and without '..' and '--'"
                )
            }
        }
        for (word, part) in [("revision", revision), ("file", file)] {
            guard let part else { continue }
            let names = part.split(separator: "/", omittingEmptySubsequences: false)
            guard part.utf8.count <= Self.maximumPathByteCount,
                names.allSatisfy({ Self.isWord($0) && $0 != "." && !$0.contains("..") })
            else {
                throw HubError(
                    .invalidReference,
                    "'\(part)' cannot be a \(word) in \(organization)/\(name): it must be letters, "
                        + "digits, '.', '_', '-' and single '/' inside, at most "
                        + "\(Self.maximumPathByteCount) characters, without '..'"
                )
            }
        }
        self.organization = organization
        self.name = name
        self.revision = revision
        self.file = file
    }

    /// Reads `ORGANIZATION/NAME[@REVISION][:FILE]`; nil when the text is of another form, or a
    /// file's name with one of `endings`.
    init?(reference text: String, unless endings: [String]) throws(HubError) {
        let (repository, rest) = Self.split(text, at: ["@", ":"])
        let parts = repository.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ Self.isName(String($0)) }),
            !endings.contains(where: repository.hasSuffix)
        else { return nil }
        var (revision, file): (String?, String?)
        switch rest.first {
        case "@":
            let (first, second) = Self.split(String(rest.dropFirst()), at: [":"])
            revision = first
            file = second.isEmpty ? nil : String(second.dropFirst())
        case ":": file = String(rest.dropFirst())
        default: break
        }
        try self.init(
            organization: String(parts[0]), name: String(parts[1]), revision: revision,
            file: file ?? Self.defaultFile)
    }

    /// Whether a text is 40 hexadecimal digits.
    static func isCommit(_ text: String) -> Bool { isHexadecimal(text, count: 40) }

    /// Whether a text is so many lower-case hexadecimal digits.
    static func isHexadecimal(_ text: String, count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy(Set("0123456789abcdef".utf8).contains)
    }

    private static func split(_ text: String, at marks: Set<Character>) -> (String, String) {
        let end = text.firstIndex(where: marks.contains) ?? text.endIndex
        return (String(text[..<end]), String(text[end...]))
    }

    private static func isWord(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// Whether a text is a word that neither begins nor ends with a point or a dash.
    private static func isName(_ text: String) -> Bool {
        let marks: Set<Character> = [".", "-"]
        return isWord(text) && !(text.first.map(marks.contains) ?? true)
            && !(text.last.map(marks.contains) ?? true)
    }
}
