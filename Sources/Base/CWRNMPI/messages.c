// SPDX-License-Identifier: Apache-2.0

#include "wrn_mpi.h"

#if defined(WRN_MPI)

#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct wrn_mpi {
    int rank;
    int size;
    // One name after the other, each of MPI_MAX_PROCESSOR_NAME characters.
    char *hosts;
    // Requests have the numbers of their places; a place without one holds MPI_REQUEST_NULL.
    MPI_Request *requests;
    int *completed;
    MPI_Status *statuses;
    int capacity;
    // Whether the place holds a receive.
    char *receives;
    char problem[MPI_MAX_ERROR_STRING + 1];
};

static void describe(int error, char *text, int capacity) {
    char words[MPI_MAX_ERROR_STRING + 1] = "";
    int length = 0;
    if (MPI_Error_string(error, words, &length) != MPI_SUCCESS)
        snprintf(words, sizeof words, "MPI's error %d", error);
    snprintf(text, (size_t)capacity, "%s", words);
}

static int failed(wrn_mpi *mpi, int error) {
    describe(error, mpi->problem, sizeof mpi->problem);
    return -1;
}

// Makes room for twice the requests.
static int grow(wrn_mpi *mpi) {
    int capacity = mpi->capacity ? 2 * mpi->capacity : 64;
    size_t count = (size_t)capacity;
    MPI_Request *requests = realloc(mpi->requests, count * sizeof *requests);
    if (requests)
        mpi->requests = requests;
    int *completed = realloc(mpi->completed, count * sizeof *completed);
    if (completed)
        mpi->completed = completed;
    MPI_Status *statuses = realloc(mpi->statuses, count * sizeof *statuses);
    if (statuses)
        mpi->statuses = statuses;
    char *receives = realloc(mpi->receives, count);
    if (receives)
        mpi->receives = receives;
    if (!requests || !completed || !statuses || !receives)
        return 0;
    for (int place = mpi->capacity; place < capacity; place++)
        mpi->requests[place] = MPI_REQUEST_NULL;
    mpi->capacity = capacity;
    return 1;
}

static void release(wrn_mpi *mpi) {
    free(mpi->hosts);
    free(mpi->requests);
    free(mpi->completed);
    free(mpi->statuses);
    free(mpi->receives);
    free(mpi);
}

wrn_mpi *wrn_mpi_join(char *problem, int capacity) {
    int granted = MPI_THREAD_SINGLE;
    // One thread calls MPI, and it is this one that MPI takes for the main thread.
    int error = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &granted);
    if (error != MPI_SUCCESS) {
        describe(error, problem, capacity);
        return NULL;
    }
    // Failures are described by the caller; MPI's own habit is to end the process.
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (granted < MPI_THREAD_FUNNELED) {
        snprintf(problem, (size_t)capacity, "it cannot be used by programs with threads");
        return NULL;
    }
    wrn_mpi *mpi = calloc(1, sizeof *mpi);
    if (!mpi || !grow(mpi)) {
        snprintf(problem, (size_t)capacity, "there is not enough memory");
        if (mpi)
            release(mpi);
        return NULL;
    }
    MPI_Comm_rank(MPI_COMM_WORLD, &mpi->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &mpi->size);
    char own[MPI_MAX_PROCESSOR_NAME] = "";
    int length = 0;
    MPI_Get_processor_name(own, &length);
    own[MPI_MAX_PROCESSOR_NAME - 1] = '\0';
    mpi->hosts = calloc((size_t)mpi->size, sizeof own);
    error = mpi->hosts ? MPI_Allgather(own, sizeof own, MPI_CHAR, mpi->hosts, sizeof own, MPI_CHAR,
                                       MPI_COMM_WORLD)
                       : MPI_ERR_NO_MEM;
    if (error != MPI_SUCCESS) {
        describe(error, problem, capacity);
        release(mpi);
        return NULL;
    }
    return mpi;
}

int wrn_mpi_rank(const wrn_mpi *mpi) {
    return mpi->rank;
}

int wrn_mpi_size(const wrn_mpi *mpi) {
    return mpi->size;
}

const char *wrn_mpi_host(const wrn_mpi *mpi, int rank) {
    return mpi->hosts + (size_t)rank * MPI_MAX_PROCESSOR_NAME;
}

// A place without a request.
static int free_place(wrn_mpi *mpi) {
    for (int place = 0; place < mpi->capacity; place++)
        if (mpi->requests[place] == MPI_REQUEST_NULL)
            return place;
    int place = mpi->capacity;
    if (grow(mpi))
        return place;
    return failed(mpi, MPI_ERR_NO_MEM);
}

int wrn_mpi_send(wrn_mpi *mpi, const void *bytes, int count, int peer, int tag) {
    int place = free_place(mpi);
    if (place < 0)
        return -1;
    int error = MPI_Isend(bytes, count, MPI_BYTE, peer, tag, MPI_COMM_WORLD, &mpi->requests[place]);
    if (error != MPI_SUCCESS)
        return failed(mpi, error);
    mpi->receives[place] = 0;
    return place;
}

int wrn_mpi_receive(wrn_mpi *mpi, void *bytes, int count, int peer, int tag) {
    int place = free_place(mpi);
    if (place < 0)
        return -1;
    int error = MPI_Irecv(bytes, count, MPI_BYTE, peer, tag, MPI_COMM_WORLD, &mpi->requests[place]);
    if (error != MPI_SUCCESS)
        return failed(mpi, error);
    mpi->receives[place] = 1;
    return place;
}

int wrn_mpi_progress(wrn_mpi *mpi) {
    int count = 0;
    int error = MPI_Testsome(mpi->capacity, mpi->requests, &count, mpi->completed, mpi->statuses);
    if (error == MPI_ERR_IN_STATUS) {
        for (int index = 0; index < count; index++)
            if (mpi->statuses[index].MPI_ERROR != MPI_SUCCESS)
                return failed(mpi, mpi->statuses[index].MPI_ERROR);
    }
    if (error != MPI_SUCCESS)
        return failed(mpi, error);
    return count == MPI_UNDEFINED ? 0 : count;
}

int wrn_mpi_complete_request(const wrn_mpi *mpi, int index) {
    return mpi->completed[index];
}

int wrn_mpi_complete_count(const wrn_mpi *mpi, int index) {
    int count = 0;
    if (mpi->receives[mpi->completed[index]])
        MPI_Get_count(&mpi->statuses[index], MPI_BYTE, &count);
    return count;
}

const char *wrn_mpi_problem(const wrn_mpi *mpi) {
    return mpi->problem;
}

void wrn_mpi_leave(wrn_mpi *mpi) {
    for (int place = 0; place < mpi->capacity; place++) {
        if (mpi->requests[place] == MPI_REQUEST_NULL)
            continue;
        MPI_Cancel(&mpi->requests[place]);
        MPI_Wait(&mpi->requests[place], MPI_STATUS_IGNORE);
    }
    MPI_Finalize();
    release(mpi);
}

static void give_up(int number) {
    (void)number;
    _exit(1);
}

void wrn_mpi_abort(void) {
    // Where the network is cut, MPI may wait for ever for processes that it cannot reach.
    signal(SIGALRM, give_up);
    alarm(10);
    MPI_Abort(MPI_COMM_WORLD, 1);
    _exit(1);
}

#else

// A file of C has at least one declaration.
typedef int wrn_mpi_is_not_built;

#endif
