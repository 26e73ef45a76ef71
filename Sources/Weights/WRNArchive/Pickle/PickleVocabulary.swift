// SPDX-License-Identifier: Apache-2.0

package import WRNFiles

/// The names that a kind of pickle may use, with their meanings; a closed list, of which nothing
/// runs code.
///
/// The machine of ``PickleReader`` handles only plain data. Other values, such as arrays or
/// tensors, belong to the module that expects it: there is no list of all that any pickle may do.
package protocol PickleVocabulary: Sendable {
    /// The error of the reading module.
    associatedtype Failure: FileFailure
    /// A value that plain data do not have.
    associatedtype Made: PickleMade

    /// The instructions beyond those of plain data.
    static var instructions: Set<PickleInstruction> { get }

    /// Whether dictionaries may be given a state, which is dropped: PyTorch notes versions of
    /// modules there.
    static var allowsStateOfDictionaries: Bool { get }

    /// Whether values of kinds that nothing here needs, such as integers beyond 64 bits, are passed
    /// over; else they are refused.
    static var allowsOpaqueValues: Bool { get }

    /// The advice for a pickle that names something else; empty, or a clause that begins with a
    /// semicolon.
    static var advice: String { get }

    /// Whether a pickle may name this, as `module.name`.
    static func permits(_ name: String) -> Bool

    /// The result of a call of a permitted name.
    static func call(
        _ name: String, _ arguments: [PickleValue], in reader: inout PickleReader<Self>
    ) throws(Failure) -> PickleObject<Made>

    /// The value that an object becomes with a state.
    static func build(
        _ made: Made, state: PickleValue, in reader: inout PickleReader<Self>
    ) throws(Failure) -> Made

    /// The value of a reference to data outside the pickle.
    static func persistent(
        _ identifier: PickleValue, in reader: inout PickleReader<Self>
    ) throws(Failure) -> PickleObject<Made>
}

/// A value of one vocabulary.
package protocol PickleMade: Sendable {
    /// The name in messages.
    var word: String { get }
}
