// SPDX-License-Identifier: Apache-2.0
// The buffers of a case: between margins, at a page that may not be touched, or on the heap.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "case.h"

/// Two of the widest vectors on either side.
#define MARGIN 256

static void give_up(const char *why) {
    fprintf(stderr, "The kernel checks cannot go on: %s.\n", why);
    abort();
}

static void fill_with_poison(unsigned char *bytes, size_t size) {
    static const uint32_t poison = 0x7FD57FD5; // a quiet NaN, and two of bfloat16
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(poison >> (i % 4 * 8));
}

static void release_pages(wrn_slot *slot) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (slot->pages)
        munmap(slot->pages - page, slot->capacity + 2 * page);
    slot->pages = 0;
}

static void reserve_pages(wrn_slot *slot, size_t size) {
    if (slot->pages && slot->capacity >= size)
        return;
    release_pages(slot);
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    slot->capacity = (2 * size + 2 * page) / page * page;
    void *map = mmap(0, slot->capacity + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (map == MAP_FAILED)
        give_up("no memory for a guarded buffer");
    slot->pages = (unsigned char *)map + page;
    if (mprotect(slot->pages, slot->capacity, PROT_READ | PROT_WRITE) != 0)
        give_up("the pages of a guarded buffer cannot be opened");
}

static void place(wrn_slot *slot, wrn_check_memory memory, size_t size) {
    if (memory == WRN_MEMORY_HEAP) {
        free(slot->data);
        slot->region = slot->data = malloc(size ? size : 1);
        if (!slot->data)
            give_up("no memory for a buffer");
        slot->region_size = size;
        return;
    }
    reserve_pages(slot, size + 2 * MARGIN);
    unsigned char *end = slot->pages + slot->capacity;
    switch (memory) {
    case WRN_MEMORY_GUARD_BEHIND:
        slot->data = end - size;
        slot->region = slot->data - MARGIN;
        slot->region_size = MARGIN + size;
        break;
    case WRN_MEMORY_GUARD_BEFORE:
        slot->region = slot->data = slot->pages;
        slot->region_size = size + MARGIN;
        break;
    default:
        slot->region = slot->pages;
        slot->data = slot->pages + MARGIN;
        slot->region_size = size + 2 * MARGIN;
        break;
    }
}

void *wrn_take(wrn_check *c, const char *name, size_t size) {
    if (c->taken == WRN_SLOTS)
        give_up("a case takes more buffers than WRN_SLOTS");
    wrn_slot *slot = &c->slots[c->taken++];
    slot->name = name;
    place(slot, c->memory, size);
    fill_with_poison(slot->region, slot->region_size);
    if (slot->copies_size < slot->region_size) {
        free(slot->before);
        free(slot->allowed);
        slot->before = malloc(slot->region_size);
        slot->allowed = malloc(slot->region_size);
        if (!slot->before || !slot->allowed)
            give_up("no memory for the copies of a buffer");
        slot->copies_size = slot->region_size;
    }
    return slot->data;
}

void wrn_ready(wrn_check *c) {
    for (int i = 0; i < c->taken; i++) {
        wrn_slot *slot = &c->slots[i];
        memcpy(slot->before, slot->region, slot->region_size);
        memcpy(slot->allowed, slot->region, slot->region_size);
    }
}

float *wrn_take_floats(wrn_check *c, const char *name, ptrdiff_t count) {
    return wrn_take(c, name, (size_t)count * sizeof(float));
}

float *wrn_take_random(wrn_check *c, const char *name, ptrdiff_t count) {
    float *values = wrn_take_floats(c, name, count);
    for (ptrdiff_t i = 0; i < count; i++)
        values[i] = wrn_random_float(c);
    return values;
}

uint16_t *wrn_take_keep(wrn_check *c, ptrdiff_t words) {
    uint16_t *keep = wrn_take(c, "keep", (size_t)words * sizeof(uint16_t));
    for (ptrdiff_t i = 0; i < words; i++)
        keep[i] = (uint16_t)wrn_random(c);
    return keep;
}

wrn_slot *wrn_slot_of(const wrn_check *c, const void *at) {
    for (int i = 0; i < c->taken; i++) {
        const wrn_slot *slot = &c->slots[i];
        const unsigned char *byte = at;
        if (byte >= slot->region && byte < slot->region + slot->region_size)
            return (wrn_slot *)slot;
    }
    give_up("an expectation is about no buffer of its case");
    return 0;
}

void wrn_release_slots(wrn_check *c) {
    for (int i = 0; i < WRN_SLOTS; i++) {
        wrn_slot *slot = &c->slots[i];
        release_pages(slot);
        if (c->memory == WRN_MEMORY_HEAP)
            free(slot->data);
        free(slot->before);
        free(slot->allowed);
    }
}
