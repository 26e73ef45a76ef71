// SPDX-License-Identifier: Apache-2.0

import WRNFetch

/// Why the hub does not give a file.
struct HubRefusal {
    /// What it means, and what to do.
    let error: HubError

    init(
        _ answer: HTTPRequest.Head, _ file: HubFile, _ settings: HubSettings, hasToken: Bool
    ) {
        let page = "\(settings.endpoint)/\(file.repository)"
        let status = "\(page): the hub answers \(answer.status): "
        switch (answer.status, answer.header("X-Error-Code")) {
        case (404, "RevisionNotFound"), (404, "EntryNotFound"):
            let revision = file.revision ?? HubFile.defaultRevision
            error = HubError(
                .notFound,
                answer.header("X-Error-Code") == "EntryNotFound"
                    ? status + "there is no file '\(file.file)' in the revision '\(revision)'"
                    : status + "there is no revision '\(revision)'")
        case (403, _), (_, "GatedRepo"):
            error = HubError(
                .accessDenied,
                status
                    + (hasToken
                        ? "the token's account may not read it; accept the terms on that page, or use another token (HF_TOKEN)"
                        : "it is not for everybody; accept the terms on that page, and set HF_TOKEN to a token of your account")
            )
        case (401, _), (404, _):
            // The hub does not tell a stranger whether a private repository exists.
            let advice =
                hasToken
                ? "or the token may not read it; check the name and HF_TOKEN"
                : "or it is private; check the name, or set HF_TOKEN"
            error = HubError(
                answer.status == 401 && hasToken ? .accessDenied : .notFound,
                status
                    + "neither is there a file '\(file.repository)' on this machine, nor such a public repository, \(advice); the nearest known weights are \(PretrainedWeights.nearest(to: file.repository).joined(separator: ", "))"
            )
        default:
            error = HubError(.downloadFailed, status + "it failed; try again later")
        }
    }
}
