// SPDX-License-Identifier: Apache-2.0

// Runs an example of the documentation in the working directory, as a reader would:
// `DocumentationExamples NAME`.

import Foundation

let examples: [String: () async throws -> Void] = [
    "training": training, "fine-tuning": fineTuning, "run": run, "evaluation": evaluation,
    "calibration": calibration,
    "features": features, "explain": explain, "hub": hub, "variant": variant,
    "photographs": photographs,
    "concurrency": concurrency, "errors": errors,
    "network": network, "resuming": resuming, "recipe": recipe, "weights": weights, "app": app,
    "export": export, "export-integers": exportIntegers,
]

do {
    guard CommandLine.arguments.count == 2, let example = examples[CommandLine.arguments[1]] else {
        print(examples.keys.sorted().joined(separator: "\n"))
        exit(2)
    }
    try await example()
} catch {
    FileHandle.standardError.write(Data("\(error.localizedDescription)\n".utf8))
    exit(1)
}
