// SPDX-License-Identifier: Apache-2.0

extension TrainingConfiguration {
    /// Whether what a step does follows from the number of epochs of the whole run, besides its own
    /// number.
    package var stepsFollowFromLength: Bool {
        let isScheduled =
            switch schedule.shape {
            case .cosine, .oneCycle: true
            case .constant, .steps, .plateau: false
            }
        return isScheduled || stepRules.plainEpochs != nil || stepRules.growth != nil
            || stepRules.lookahead != nil
    }

    /// The other numbers of epochs that a run had when it took steps, rising, where steps follow
    /// from that number: then its `config.json` alone does not lead to its weights.
    ///
    /// Lines of processes that cannot be read are passed over: they decide nothing that is trained.
    ///
    /// - Parameters:
    ///   - directory: The directory of the run that has this configuration now.
    ///   - end: The number of steps that are done.
    func earlierLengths(in directory: String, before end: Int) -> [Int] {
        guard stepsFollowFromLength else { return [] }
        let lines = JSONLines<RunProcess>(
            path: RunDirectory.join(directory, RunDirectory.Name.processes))
        let processes = (try? lines.readableRecords()) ?? []
        return processes.compactMap(\.self).earlierLengths(than: epochs, before: end)
    }
}

extension [RunProcess] {
    /// The other numbers of epochs that the run of these processes had when it took steps, rising.
    ///
    /// A process that begins before the last step of those before it takes the steps from there on
    /// again, so that they are its own. What processes of earlier versions had is not known.
    ///
    /// - Parameters:
    ///   - epochs: The number of epochs now.
    ///   - end: The number of steps that are done.
    func earlierLengths(than epochs: Int, before end: Int) -> [Int] {
        // Each of them took a step: the next began later.
        var begun: [RunProcess] = []
        for process in self {
            while let last = begun.last, last.step >= process.step { begun.removeLast() }
            begun.append(process)
        }
        let lengths = begun.filter { $0.step < end }.compactMap(\.epochs)
        return Set(lengths).subtracting([epochs]).sorted()
    }
}

extension RunRecord {
    /// The other numbers of epochs that the run had when it took steps, rising; none where its
    /// configuration alone leads to its weights.
    ///
    /// - Parameter configuration: The run's configuration.
    package func earlierLengths(of configuration: TrainingConfiguration) -> [Int] {
        let saved = Self.lastSavedStep(in: path) ?? 0
        return configuration.earlierLengths(
            in: path, before: max(saved, records.last?.step ?? 0))
    }
}
