// SPDX-License-Identifier: Apache-2.0

// Public, as conformances of public types are.
public import ArgumentParser
public import WRNDialects
public import WRNInference
public import WRNKernels
public import WRNRuns
import WRNText

/// Checks a number of the command line.
///
/// - Throws: A `ValidationError` that names the option, the range and what was given.
func checkOption(
    _ option: String, _ value: Int?, isIn range: ClosedRange<Int>
) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError(
        range.upperBound == .max
            ? "\(option) must be \(range.lowerBound) or more, not \(value)"
            : "\(option) must be in \(range.lowerBound)...\(range.upperBound), not \(value)")
}

/// Checks a number of the command line.
///
/// - Throws: A `ValidationError` that names the option, the rule and what was given.
func checkOption(
    _ option: String, _ value: Double?, _ rule: String, _ isRight: (Double) -> Bool
) throws {
    guard let value, !isRight(value) else { return }
    throw ValidationError("\(option) must be \(rule), not \(value)")
}

/// The end of an error sentence about a misspelt name, `; did you mean imagenet?`; empty if no name
/// is near.
func question(about text: String, among names: [String]) -> String {
    NameSuggestions.question(about: text, among: names).map { "; " + $0 } ?? ""
}

/// The size of images on the command line: `64` or, rows first, `48x64`.
struct ImageSize: Equatable {
    let height: Int
    let width: Int

    /// Reads `N` or `HxW`.
    ///
    /// - Throws: A `ValidationError` when it is neither, or a side is not in 1...8192.
    init(argument: String) throws {
        let sides = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false)
            .map { $0.allSatisfy { "0123456789".contains($0) } ? Int($0) : nil }
        guard let height = sides[0], let width = sides[sides.count - 1], sides.count <= 2,
            (1...8192).contains(height), (1...8192).contains(width)
        else {
            throw ValidationError(
                "expected N or HxW with sides of 1 to 8192 pixels, for example 64 or 48x64")
        }
        self.height = height
        self.width = width
    }
}

/// The size of images on the command line: `3x32x32`.
struct InputShape: Equatable {
    let channels: Int
    let height: Int
    let width: Int

    init(channels: Int, height: Int, width: Int) {
        self.channels = channels
        self.height = height
        self.width = width
    }

    /// Reads `CxHxW`.
    ///
    /// - Throws: A `ValidationError` when it is none.
    init(argument: String) throws {
        let numbers = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false)
            .map { $0.allSatisfy { "0123456789".contains($0) } ? Int($0) : nil }
        guard numbers.count == 3, let channels = numbers[0], let height = numbers[1],
            let width = numbers[2]
        else {
            throw ValidationError("expected CxHxW, for example 3x32x32 or 1x28x28")
        }
        self.init(channels: channels, height: height, width: width)
    }
}

/// Names of layers, separated by commas.
struct LayerList {
    let names: [String]

    init(argument: String) throws {
        names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !names.contains("") else {
            throw ValidationError(
                "expected names of layers separated by commas, for example group1,pool, not "
                    + "\"\(argument)\""
            )
        }
    }
}

extension Dialect: ExpressibleByArgument {}

extension LearningRateSchedule.Name: ExpressibleByArgument {}

extension Recipe.PolicyName: ExpressibleByArgument {}

extension Recipe.StoppingMetric: ExpressibleByArgument {}

extension TrainingConfiguration.EarlyStopping.Metric: ExpressibleByArgument {}

extension InstructionSet: ExpressibleByArgument {}

extension FeatureExtractor.Pooling: ExpressibleByArgument {}
