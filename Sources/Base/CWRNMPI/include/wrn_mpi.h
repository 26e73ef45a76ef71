// SPDX-License-Identifier: Apache-2.0
// Messages by MPI for Swift, which cannot call MPI itself: its constants are macros with casts, and
// its handles are pointers in one implementation and numbers in another.
//
// Without the package trait MPI these functions do not exist, and nothing links MPI's library.
//
// All functions are called by the thread that has called wrn_mpi_join. None waits for a message but
// wrn_mpi_join and wrn_mpi_leave.

#ifndef WRN_MPI_H
#define WRN_MPI_H

// The processes of the job, and the open requests of this one.
typedef struct wrn_mpi wrn_mpi;

// Joins the processes of the job. NULL where MPI refuses; `problem` (of `capacity` characters) then
// says why.
wrn_mpi *wrn_mpi_join(char *problem, int capacity);

// The number of this process, and how many there are.
int wrn_mpi_rank(const wrn_mpi *mpi);
int wrn_mpi_size(const wrn_mpi *mpi);

// The name of the machine of process `rank`.
const char *wrn_mpi_host(const wrn_mpi *mpi, int rank);

// Begins to send or to receive; the number of the request, or -1 where MPI refuses.
int wrn_mpi_send(wrn_mpi *mpi, const void *bytes, int count, int peer, int tag);
int wrn_mpi_receive(wrn_mpi *mpi, void *bytes, int count, int peer, int tag);

// Moves messages along: how many requests are now complete, or -1 where a message failed.
int wrn_mpi_progress(wrn_mpi *mpi);

// The number of the complete request at `index` of the last call of wrn_mpi_progress, and how many
// bytes it has received: 0 where it has sent.
int wrn_mpi_complete_request(const wrn_mpi *mpi, int index);
int wrn_mpi_complete_count(const wrn_mpi *mpi, int index);

// The failure of the last call that returned -1, in MPI's words.
const char *wrn_mpi_problem(const wrn_mpi *mpi);

// Gives up what is not complete, leaves the job, and frees `mpi`.
void wrn_mpi_leave(wrn_mpi *mpi);

// Ends all processes of the job with exit code 1; this one in any case.
void wrn_mpi_abort(void);

#endif
