// SPDX-License-Identifier: Apache-2.0

public import Foundation
import WRNText

extension Recipe {
    /// The largest file that is read, in bytes.
    private static let maximumByteCount = 1 << 16
    private static let summaryKey = "summary"
    /// What others call settings, and options of the command line.
    private static let otherNames = ["lr": "learning_rate", "wd": "weight_decay"]

    /// The recipes that come with the package.
    public static let builtIn: [Recipe] = [
        ("paper-cifar", PackageResources.paper_cifar_json),
        ("paper-svhn", PackageResources.paper_svhn_json),
        ("paper-imagenet", PackageResources.paper_imagenet_json),
        ("modern", PackageResources.modern_json),
    ].map { name, bytes in
        do {
            return try Recipe(name: name, json: Data(bytes), file: "\(name).json")
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// The recipe with a name, or that in a file.
    ///
    /// - Throws: A ``TrainingError`` with the code `invalidRecipe` when there is none, or the file is no recipe's.
    public static func named(_ name: String) throws(TrainingError) -> Recipe {
        if let known = builtIn.first(where: { $0.name == name }) { return known }
        let isPath = name.contains("/") || name.hasSuffix(".json")
        guard isPath || RunDirectory.exists(name) else {
            let names = builtIn.map(\.name)
            let nearest = NameSuggestions.nearest(to: name, among: names).first ?? ""
            throw TrainingError(
                .invalidRecipe,
                "there is no recipe '\(name)'; the nearest is \(nearest) (all: \(names.joined(separator: ", ")), "
                    + "or a path, for example ./\(name).json)")
        }
        guard RunDirectory.exists(name), !RunDirectory.isDirectory(name) else {
            throw TrainingError(
                .invalidRecipe,
                "\(name): expected the file of a recipe, found "
                    + (RunDirectory.exists(name) ? "a directory" : "nothing") + "; check the path")
        }
        let bytes: [UInt8]
        do {
            bytes = try RunDirectory.readFile(name, limit: maximumByteCount)
        } catch {
            throw TrainingError(.invalidRecipe, error.message)
        }
        let base = URL(fileURLWithPath: name).deletingPathExtension().lastPathComponent
        return try Recipe(name: base, json: Data(bytes), file: name)
    }

    /// Reads the file of a recipe: one object of JSON with the ``settings`` it has, and a `summary`.
    ///
    /// - Throws: A ``TrainingError`` with the code `invalidRecipe`.
    public init(name: String, json: Data, file: String) throws(TrainingError) {
        let values: [String: RecipeValue]
        do {
            values = try JSONDecoder().decode([String: RecipeValue].self, from: json)
        } catch {
            throw TrainingError(
                .invalidRecipe,
                "\(file): expected one object of JSON whose values are numbers, words, true, false or lists of "
                    + "numbers, found something else; the built-in recipes are examples")
        }
        self.init(name: name)
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            guard key == Self.summaryKey else {
                try set(key, value, file: file)
                continue
            }
            guard case .text(let text) = value else {
                throw TrainingError(
                    .invalidRecipe, "\(file): \(key) takes a sentence in quotes, not \(value.text)")
            }
            summary = text
        }
    }

    /// Changes one setting, named as in a recipe's file.
    ///
    /// - Throws: A ``TrainingError`` with the code `invalidRecipe` that names the nearest setting when there is none of this name.
    public mutating func set(
        _ key: String, _ value: RecipeValue, file: String
    ) throws(TrainingError) {
        let name = Self.otherNames[key] ?? key
        guard let setting = Self.settings.first(where: { $0.name == name }) else {
            let names = Self.settings.map(\.name)
            let nearest = NameSuggestions.nearest(to: key, among: names).first ?? ""
            throw TrainingError(
                .invalidRecipe,
                "\(file): there is no setting '\(key)'; the nearest is \(nearest)",
                advice: .settings
            )
        }
        try setting.set(value, in: &self, file: file)
    }

    /// The recipe as its file has it.
    public var json: String {
        let lines =
            ["  \"\(Self.summaryKey)\": \(quoted(summary))"]
            + Self.settings.compactMap { setting in
                setting.value(in: self).map { "  \"\(setting.name)\": \($0.text)" }
            }
        return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
    }

    private func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
