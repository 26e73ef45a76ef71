// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import wrn

@Suite("Formatting")
struct FormattingTests {
    @Test("numbers are grouped by thousands")
    func grouped() {
        let numbers = [0, 999, 1000, 36_479_194, -1_234_567, .max]
        #expect(
            numbers.map(Numbers.grouped) == [
                "0", "999", "1,000", "36,479,194", "-1,234,567", "9,223,372,036,854,775,807",
            ])
    }

    @Test("bytes have the unit that keeps them short")
    func bytes() {
        let counts = [0, 999, 145_916_776, 999_949, 999_950, 5 << 40]
        #expect(
            counts.map(Numbers.bytes) == [
                "0.0 kB", "1.0 kB", "145.9 MB", "999.9 kB", "1.0 MB", "5.5 TB",
            ])
    }

    @Test("a table cuts its first column in the middle, and no other")
    func table() {
        var table = Table([("name", .left), ("n", .right)])
        table.add(["a.very.long.name", "1"])
        table.add(["b", "123"])
        #expect(
            table.lines(width: 80) == [
                "name                n", "a.very.long.name    1", "b                 123",
            ])
        #expect(
            table.lines(width: 15) == ["name          n", "a.ve..name    1", "b           123"])
    }
}
