// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A page of HTML, read strictly: each element that is opened is closed, in order, and attributes
/// are quoted.
struct PageReader {
    struct Damage: Error {
        let reason: String
    }

    struct Element {
        let name: String
        var attributes: [String: String] = [:]
        /// The text of the element and all inside of it, without references.
        var text = ""
    }

    /// All elements, in the order of their ends.
    private(set) var elements: [Element] = []

    private static let voids: Set = ["meta", "img", "input"]

    init(_ page: String) throws {
        guard page.hasPrefix("<!DOCTYPE html>\n") else { throw Damage(reason: "no doctype") }
        var open: [Element] = []
        var rest = page.dropFirst("<!DOCTYPE html>\n".count)
        while let start = rest.firstIndex(of: "<") {
            try Self.add(rest[..<start], to: &open)
            guard let end = rest[start...].firstIndex(of: ">") else {
                throw Damage(reason: "a tag without an end")
            }
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("/") {
                guard let last = open.popLast(), last.name == tag.dropFirst() else {
                    throw Damage(reason: "</\(tag.dropFirst())> closes nothing")
                }
                elements.append(last)
                if !open.isEmpty { open[open.count - 1].text += last.text }
            } else {
                let closesItself = tag.hasSuffix("/")
                let element = try Self.element(closesItself ? tag.dropLast() : tag)
                if closesItself || Self.voids.contains(element.name) {
                    elements.append(element)
                } else {
                    open.append(element)
                }
            }
        }
        guard open.isEmpty else { throw Damage(reason: "<\(open[0].name)> is not closed") }
    }

    /// The elements of a name, and of a class where one is given.
    func all(_ name: String, class style: String? = nil) -> [Element] {
        elements.filter { element in
            element.name == name
                && style.map {
                    (element.attributes["class"] ?? "").split(separator: " ").contains($0[...])
                } ?? true
        }
    }

    private static func add(_ text: Substring, to open: inout [Element]) throws {
        guard !open.isEmpty else { return }
        guard open.last?.name == "style" || !text.contains(">") else {
            throw Damage(reason: "a > outside of tags")
        }
        open[open.count - 1].text += plain(text)
    }

    private static func element(_ tag: Substring) throws -> Element {
        var element = Element(name: String(tag.prefix { $0 != " " }))
        var rest = tag.dropFirst(element.name.count)
        while let equals = rest.firstIndex(of: "=") {
            let name = rest[..<equals].drop { $0 == " " }
            let value = rest[rest.index(after: equals)...]
            guard value.first == "\"", let end = value.dropFirst().firstIndex(of: "\"") else {
                throw Damage(reason: "\(name) is not quoted")
            }
            element.attributes[String(name)] = plain(value[..<end].dropFirst())
            rest = value[value.index(after: end)...]
        }
        return element
    }

    private static func plain(_ text: Substring) -> String {
        String(text).replacing("&lt;", with: "<").replacing("&gt;", with: ">")
            .replacing("&quot;", with: "\"").replacing("&amp;", with: "&")
    }
}
