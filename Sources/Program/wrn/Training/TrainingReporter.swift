// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNData
import WRNRuns
import WRNTraining

/// Tells a person, or a program, how training goes on.
///
/// People get a bar on a terminal, a line at the end of each epoch, and, where there is no terminal, one every half minute. Programs
/// get a line of JSON for each event. Training goes on when nobody reads any more.
final class TrainingReporter {
    /// How long a process is silent when nobody watches a bar.
    private static let quietInterval = Duration.seconds(30)

    let status = StatusLine()
    private let writesJSON: Bool
    private var lastLine = ContinuousClock.now
    /// The broken files that were named; each is named once.
    private var named: Set<String> = []

    init(writesJSON: Bool) {
        self.writesJSON = writesJSON
    }

    /// A sentence for people, and what ends it.
    func say(_ text: DisplayText, terminator: DisplayText = "\n") {
        guard !writesJSON else { return }
        write(text + terminator)
    }

    /// A sentence about something that may not be meant, for people and for programs.
    func warn(_ text: DisplayText) {
        say("warning: \(text)")
        tell(TrainingLine.Warning(message: text.description))
    }

    /// A line for programs.
    func tell(_ line: some Encodable) {
        guard writesJSON, let text = try? TrainingLine.text(line) else { return }
        write(text)
    }

    /// An event of the trainer.
    func report(_ event: TrainingEvent, of configuration: TrainingConfiguration) {
        let (epochs, split) = (configuration.epochs, configuration.data.evaluatedSplit)
        switch event {
        case .step(let progress):
            show(TrainingText.bar(progress))
            sayAfterSilence(TrainingText.line(progress))
        case .evaluation(let epoch, let done, let count):
            show(
                ProgressBar(
                    title: "epoch \(epoch)/\(epochs) \(split.rawValue)",
                    fraction: Double(done) / Double(count), figures: ["\(done)/\(count) images"]))
            sayAfterSilence("epoch \(epoch)/\(epochs)  \(done)/\(count) \(split.adjective) images")
        case .epoch(let record):
            say("\(TrainingText.line(record, epochs: epochs, split: split))")
            if let waiting = TrainingText.waiting(record) { say("\(waiting)") }
            tell(TrainingLine.Epoch(record: record))
        case .leftOut(let errors):
            for error in errors where named.insert(error.message).inserted {
                say("left out: \(error.message)")
                tell(TrainingLine.LeftOut(file: error.file, message: error.message))
            }
        case .saved(let step):
            tell(TrainingLine.Saved(step: step))
        }
    }

    /// Checkpoints that the run could not go on from, and what else was found wrong when it was opened.
    func reportDamage(of run: RunDirectory) {
        for checkpoint in run.unusableCheckpoints {
            say("\(checkpoint.message)")
            tell(
                TrainingLine.UnusableCheckpoint(
                    file: checkpoint.file, message: checkpoint.message))
        }
        for sentence in run.repairs {
            say("\(sentence)")
            tell(TrainingLine.Repair(message: sentence))
        }
    }

    private func show(_ bar: ProgressBar) {
        // Asked again each time, because windows change their size; the last column stays free, because some terminals break a
        // full line.
        let terminal = Terminal(descriptor: STDERR_FILENO)
        guard terminal.isInteractive else { return }
        status.show(bar.line(width: terminal.width - 1))
    }

    private func sayAfterSilence(_ text: @autoclosure () -> String) {
        guard ContinuousClock.now - lastLine >= Self.quietInterval,
            !Terminal(descriptor: STDERR_FILENO).isInteractive
        else { return }
        say("\(text())")
        lastLine = .now
    }

    private func write(_ text: DisplayText) {
        status.clear()
        try? StandardOutput.write(text)
        lastLine = .now
    }
}
