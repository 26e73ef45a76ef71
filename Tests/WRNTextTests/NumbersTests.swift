// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNText

@Suite("Numbers in words")
struct NumbersTests {
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

    @Test("measured numbers keep three digits that mean something")
    func significant() {
        let numbers = [0, 0.01234, 0.1234, 0.99949, 1.234, 9.996, 12.34, 99.96, 12_345.6]
        #expect(
            numbers.map(Numbers.significant) == [
                "0.00", "0.0123", "0.123", "0.999", "1.23", "10.0", "12.3", "100", "12,346",
            ])
        #expect(Numbers.significant(0.001236) == "0.00124")
        #expect(Numbers.significant(-0.000_012_34) == "-1.23e-05")
        #expect(Numbers.significant(.infinity) == "-")
    }

    @Test("times of computations have the unit that suits them")
    func times() {
        let seconds = [2.5, 0.05123, 0.0012, 0.000_012_3]
        #expect(seconds.map(Numbers.time) == ["2.50 s", "51.2 ms", "1.20 ms", "12.3 us"])
    }

    @Test("Durations are read at a glance")
    func durations() {
        let expected: [(Double, String)] = [
            (0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"),
            (7800, "2 h 10 min"), (356_400, "4 days 03 h"), (.infinity, "years"), (.nan, "years"),
            (-3, "0 s"),
        ]
        for (seconds, text) in expected { #expect(Numbers.duration(seconds) == text) }
    }

    @Test("decimals are rounded as C does it, to even where both are as near")
    func fixed() {
        let cases: [(Double, Int, String)] = [
            (0, 0, "0"), (2.5, 0, "2"), (3.5, 0, "4"), (0.125, 2, "0.12"), (1.005, 2, "1.00"),
            (-0.0004, 3, "-0.000"), (93.455, 2, "93.45"), (1e15, 1, "1000000000000000.0"),
            (1e22, 2, "10000000000000000000000.00"), (.infinity, 2, "inf"), (.nan, 1, "nan"),
        ]
        for (value, decimals, text) in cases {
            #expect(Numbers.fixed(value, decimals: decimals) == text)
        }
        #expect(Numbers.fixed(.greatestFiniteMagnitude, decimals: 4).count == 309 + 5)
        #expect(Numbers.percent(0.93125) == "93.12 %")
        #expect(Numbers.percent(1, decimals: 0, space: "\u{A0}") == "100\u{A0}%")
    }

    @Test("significant digits come with an exponent where that is shorter")
    func shortest() {
        let cases: [(Double, String)] = [
            (0.13, "0.13"), (0.000_01, "1e-05"), (1234, "1.2e+03"), (10, "10"), (0.1 + 0.2, "0.3"),
        ]
        for (value, text) in cases { #expect(Numbers.shortest(value, digits: 2) == text) }
    }

    @Test("a duration in a column has at most six characters")
    func shortDuration() {
        let cases: [(Double, String)] = [
            (-1, "0 s"), (12.4, "12 s"), (185, "3:05"), (7800, "2:10 h"), (354_240, "4.1 d"),
            (1e9, "years"), (.nan, "years"),
        ]
        for (seconds, text) in cases { #expect(Numbers.shortDuration(seconds) == text) }
    }

    @Test("decimals of a duration are those of seconds below a minute")
    func decimals() {
        let cases: [(Double, String)] = [
            (12.34, "12.3 s"), (59.94, "59.9 s"), (59.96, "1 min 00 s"), (7800, "2 h 10 min"),
        ]
        for (seconds, text) in cases { #expect(Numbers.duration(seconds, decimals: 1) == text) }
    }

    @Test("Durations that are not known exactly are words, rounded to what is read")
    func approximateDurations() {
        let expected: [(Double, String)] = [
            (0, "less than a minute"), (54, "less than a minute"), (56, "about a minute"),
            (89, "about a minute"), (91, "about 2 minutes"), (370, "about 6 minutes"),
            (5399, "about 90 minutes"), (5400, "about 1.5 hours"), (7200, "about 2 hours"),
            (36_000, "about 10 hours"), (172_800, "about 2 days"), (1e8, "about 1,157 days"),
            (1e9, "years"), (.nan, "years"),
        ]
        for (seconds, text) in expected {
            #expect(Numbers.approximateDuration(seconds) == text)
        }
    }
}
