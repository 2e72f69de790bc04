#pragma once
#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `count` bytes, continuing from `crc` (0 to begin). Uses the processor's instruction where there is one.
uint32_t shims_crc32c(uint32_t crc, const void *_Nullable bytes, size_t count);

/// `fallocate` without flags: 0 or minus the error number. Never falls back to writing zeros, as posix_fallocate does.
int shims_fallocate(int file, int64_t offset, int64_t count);

/// The flag of `open` by which writes go past the page cache (O_DIRECT, which Swift does not show).
extern const int32_t shims_past_cache;

/// Names the calling thread, in at most 15 bytes.
void shims_name_thread(const char *_Nonnull name);

/// Waits for `semaphore` by a clock that never steps; 0 when `milliseconds` passed first.
int shims_sem_wait(sem_t *_Nonnull semaphore, int64_t milliseconds);

/// Asks the processor to bring the cache line at `address` near; it may be any address.
static inline void shims_prefetch(const void *_Nonnull address) { __builtin_prefetch(address, 0, 3); }

/// Address space of `count` bytes, a multiple of 2 MiB, that takes memory where it is written, in huge pages where the system has
/// them, since filling fresh memory 4 KiB at a time costs more than what is written there. Null when there is none: a system that
/// promises no more than it has counts all of it.
void *_Nullable shims_reserve(size_t count);
void shims_release(void *_Nonnull memory, size_t count);

/// Gives the memory behind a reserved range back; the range stays usable.
void shims_discard(void *_Nonnull memory, size_t count);

/// Tells the allocator to keep what is freed for the next allocation, up to some tens of megabytes, and to share it between
/// threads: blocks are encoded one after the other, into buffers of the same sizes.
void shims_keep_free_memory(void);

/// Gives memory that was freed back to the system: the allocator keeps most of it for each thread there ever was.
void shims_return_free_memory(void);
