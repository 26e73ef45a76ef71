// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Our engine as one contender among the rivals: a process that computes only when it is told to.
@main
enum Contender {
    static let usage = """
        usage: contender weights NETWORK --input CxHxW --classes N --output FILE
               contender infer --weights FILE --images FILE --batch N --threads T [--isa SET] [--precision TYPE]
               contender train --weights FILE --images FILE --batch N --threads T [--isa SET]
               contender peak --threads T

        Images are raw float32, NHWC. `infer`, `train` and `peak` write a line of JSON when they are warm and then answer
        lines from standard input: `step` with the seconds of one step, `logits FILE` by writing them to a file.

        """

    static func main() {
        do {
            let arguments = try Arguments(CommandLine.arguments.dropFirst())
            switch arguments.command {
            case "weights": try Weights.write(arguments)
            case "infer": try serve(Inference(arguments))
            case "train": try serve(Training(arguments))
            case "peak": try serve(Peak(arguments))
            default: throw Complaint("no command \"\(arguments.command)\"\n\(usage)")
            }
        } catch {
            FileHandle.standardError.write(Data("contender: \(error)\n".utf8))
            exit(1)
        }
    }
}

/// Something that was asked for and cannot be.
struct Complaint: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
