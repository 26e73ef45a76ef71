// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNDatasets
import WRNFetch
import WRNRuns
import WRNTraining

/// The output of training: text, or lines of JSON.
///
/// Text is a bar on a terminal, a line at the end of each epoch, and, without a terminal, a line
/// every half minute. JSON is a line for each event. Training continues after the reader has closed
/// the pipe.
final class TrainingReporter {
    /// The interval of lines without a terminal.
    private static let quietInterval = Duration.seconds(30)

    let status = StatusLine()
    let writesJSON: Bool
    /// Whether nothing is written at all, as of a worker that is not the first one.
    let isSilent: Bool
    private var lastLine = ContinuousClock.now
    /// The broken files already named; each is named once.
    private var named: Set<String> = []

    init(writesJSON: Bool, isSilent: Bool = false) {
        self.writesJSON = writesJSON
        self.isSilent = isSilent
    }

    /// Writes text, unless the output is JSON.
    func say(_ text: DisplayText, terminator: DisplayText = "\n") {
        guard !writesJSON else { return }
        write(text + terminator)
    }

    /// Writes a warning, as text or JSON.
    func warn(_ text: DisplayText) {
        say("warning: \(text)")
        tell(TrainingLine.Warning(message: text.description))
    }

    /// Writes an event, if the output is JSON.
    func tell(_ line: some Encodable) {
        guard writesJSON, let text = try? TrainingLine.text(line) else { return }
        write(text)
    }

    /// Writes an event of the trainer.
    func report(_ event: Trainer.Event, of configuration: TrainingConfiguration) {
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

    /// Writes the unusable checkpoints of a run and what was repaired when it was opened.
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

    /// Draws a bar, on a terminal.
    func show(_ bar: ProgressBar) {
        // Windows change their size; the last column stays free, as some terminals break a full
        // line.
        let terminal = Terminal(descriptor: STDERR_FILENO)
        guard terminal.isInteractive, !isSilent else { return }
        status.show(bar.line(width: terminal.width - 1))
    }

    /// Writes a line where there is no terminal and nothing was written for half a minute.
    func sayAfterSilence(_ text: @autoclosure () -> String) {
        guard ContinuousClock.now - lastLine >= Self.quietInterval,
            !Terminal(descriptor: STDERR_FILENO).isInteractive
        else { return }
        say("\(text())")
        lastLine = .now
    }

    private func write(_ text: DisplayText) {
        guard !isSilent else { return }
        status.clear()
        try? StandardOutput.write(text)
        lastLine = .now
    }
}
