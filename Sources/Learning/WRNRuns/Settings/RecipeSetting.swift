// SPDX-License-Identifier: Apache-2.0

/// One of the things that a recipe can say.
public struct RecipeSetting: Sendable {
    /// The key in a recipe's file.
    public let name: String
    /// Which values it takes.
    public let values: String
    /// What it does.
    public let meaning: String

    private let read: @Sendable (Recipe) -> RecipeValue?
    private let write: @Sendable (inout Recipe, RecipeValue) -> Bool

    /// What a recipe says, or nil when it does not.
    public func value(in recipe: Recipe) -> RecipeValue? { read(recipe) }

    /// Makes a recipe say `value`.
    ///
    /// - Throws: A ``TrainingError`` with the code `invalidRecipe` when the setting takes no such value.
    public func set(
        _ value: RecipeValue, in recipe: inout Recipe, file: String
    ) throws(TrainingError) {
        guard write(&recipe, value) else {
            throw TrainingError(
                .invalidRecipe, "\(file): \(name) takes \(values), not \(value.text)")
        }
    }

    static func number(
        _ name: String, _ path: any (WritableKeyPath<Recipe, Double?> & Sendable), _ values: String,
        _ meaning: String, _ isRight: @escaping @Sendable (Double) -> Bool
    ) -> RecipeSetting {
        RecipeSetting(name: name, values: values, meaning: meaning) {
            $0[keyPath: path].map(RecipeValue.number)
        } write: { recipe, value in
            guard case .number(let number) = value, isRight(number) else { return false }
            recipe[keyPath: path] = number
            return true
        }
    }

    static func integer(
        _ name: String, _ path: any (WritableKeyPath<Recipe, Int?> & Sendable),
        _ range: ClosedRange<Int>, _ meaning: String
    ) -> RecipeSetting {
        RecipeSetting(
            name: name,
            values: "a whole number in \(range.lowerBound)...\(range.upperBound)", meaning: meaning
        ) {
            $0[keyPath: path].map { RecipeValue.number(Double($0)) }
        } write: { recipe, value in
            guard case .number(let number) = value, let whole = Int(exactly: number),
                range.contains(whole)
            else { return false }
            recipe[keyPath: path] = whole
            return true
        }
    }

    static func flag(
        _ name: String, _ path: any (WritableKeyPath<Recipe, Bool?> & Sendable), _ meaning: String
    ) -> RecipeSetting {
        RecipeSetting(name: name, values: "true or false", meaning: meaning) {
            $0[keyPath: path].map(RecipeValue.flag)
        } write: { recipe, value in
            guard case .flag(let flag) = value else { return false }
            recipe[keyPath: path] = flag
            return true
        }
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable & SendableMetatype>(
        _ name: String, _ path: any (WritableKeyPath<Recipe, Choice?> & Sendable), _ meaning: String
    ) -> RecipeSetting {
        RecipeSetting(
            name: name, values: Choice.allCases.map(\.rawValue).joined(separator: ", "),
            meaning: meaning
        ) {
            $0[keyPath: path].map { RecipeValue.text($0.rawValue) }
        } write: { recipe, value in
            guard case .text(let text) = value, let choice = Choice(rawValue: text) else {
                return false
            }
            recipe[keyPath: path] = choice
            return true
        }
    }

    static func integers(
        _ name: String, _ path: any (WritableKeyPath<Recipe, [Int]?> & Sendable), _ meaning: String
    ) -> RecipeSetting {
        RecipeSetting(
            name: name, values: "epochs in rising order, [60, 120, 160] for example",
            meaning: meaning
        ) {
            $0[keyPath: path].map { RecipeValue.list($0.map(Double.init)) }
        } write: { recipe, value in
            guard case .list(let numbers) = value else { return false }
            let whole = numbers.compactMap { Int(exactly: $0) }
            let epochs = 1...TrainingConfiguration.maximumEpochCount
            guard whole.count == numbers.count, whole.allSatisfy(epochs.contains),
                whole == Set(whole).sorted()
            else { return false }
            recipe[keyPath: path] = whole
            return true
        }
    }

    private init(
        name: String, values: String, meaning: String,
        read: @escaping @Sendable (Recipe) -> RecipeValue?,
        write: @escaping @Sendable (inout Recipe, RecipeValue) -> Bool
    ) {
        self.name = name
        self.values = values
        self.meaning = meaning
        self.read = read
        self.write = write
    }
}
