// SPDX-License-Identifier: Apache-2.0

// Conformances of public types are public.
public import ArgumentParser
import WRNGraph
public import WRNZoo

/// What a network computes beside what names and shapes say.
struct VariantOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The function between normalisations and convolutions: relu, or leaky-relu:SLOPE, of which leaky-relu has the slope 0.01 (default: as the name or the file says).",
            valueName: "function"),
        transform: Self.activation(of:))
    var activation: Activation?

    @Option(
        help: ArgumentHelp(
            "What the shortcut of a pre-activation block reads where the shape changes: activated or raw, the block's own input.",
            valueName: "input"))
    var shortcutInput: ShortcutInput?

    @Option(
        name: .customLong("stride-in"),
        help: ArgumentHelp(
            "Which convolution of a stage's first block has the stride: first or second.",
            valueName: "convolution"))
    var stride: StridePlacement?

    @Option(
        name: .customLong("pad"),
        help: ArgumentHelp(
            "Where shortcuts without parameters add channels of zeros: behind or both.",
            valueName: "side"))
    var padding: ChannelPadding?

    // A negative number is a number, too, for the rule to refuse.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The number that batch normalisations add to the variance (usual: 0.00001).",
            valueName: "number"))
    var epsilon: Double?

    private static func activation(of argument: String) throws -> Activation {
        do {
            return try Activation(named: argument)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// The parts that were given.
    var changes: NetworkVariant.Changes {
        NetworkVariant.Changes(
            activation: activation, shortcutInput: shortcutInput, stride: stride, padding: padding,
            epsilon: epsilon)
    }

    /// The names of the options that were given.
    var given: [String] {
        let all: [(String, Bool)] = [
            ("--activation", activation != nil), ("--shortcut-input", shortcutInput != nil),
            ("--stride-in", stride != nil), ("--pad", padding != nil),
            ("--epsilon", epsilon != nil),
        ]
        return all.filter(\.1).map(\.0)
    }

    /// The name of the network that `name` becomes with the parts that were given; the same text where none were.
    ///
    /// - Throws: A `GraphError` where there is no such network.
    func name(of name: String) throws -> String {
        changes.isEmpty ? name : try Zoo.network(named: name).applying(changes).name
    }
}

extension ShortcutInput: ExpressibleByArgument {}
extension StridePlacement: ExpressibleByArgument {}
extension ChannelPadding: ExpressibleByArgument {}
