// SPDX-License-Identifier: Apache-2.0

/// The product of the factors, or nil when one is negative or the product does not fit an `Int`.
package func checkedProduct(_ factors: [Int]) -> Int? {
    var product = 1
    for factor in factors {
        let (next, overflow) = product.multipliedReportingOverflow(by: factor)
        guard factor >= 0, !overflow else { return nil }
        product = next
    }
    return product
}
