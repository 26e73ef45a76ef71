// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNFiles
import WRNTestSupport

@Suite("Advice for a missing path")
struct NearestPathTests {
    @Test("names the nearest path, or what is in its directory")
    func nearest() throws {
        try withTemporaryDirectory { directory in
            for name in ["first", "empty"] {
                try FileManager.default.createDirectory(
                    atPath: directory + "/" + name, withIntermediateDirectories: false)
            }
            try Data().write(to: URL(fileURLWithPath: directory + "/first/model"))
            #expect(
                NearestPath.advice(directory + "/frist/model")
                    == "the nearest is \(directory)/first/model")
            #expect(
                NearestPath.advice(directory + "/photographs")
                    == "\(directory) holds empty, first")
            #expect(NearestPath.advice(directory + "/empty/x") == "\(directory)/empty is empty")
        }
    }

    @Test("calls nothing empty but an empty directory: no empty path, and no file in the way")
    func notEmpty() throws {
        try withTemporaryDirectory { directory in
            try Data().write(to: URL(fileURLWithPath: directory + "/file"))
            #expect(
                NearestPath.advice(directory + "/file/x")
                    == "\(directory)/file is no directory whose contents can be listed")
        }
        #expect(NearestPath.advice("") == "the path is empty; name a file or a directory")
    }
}
