// System calls that Swift's Glibc module does not show (they need _GNU_SOURCE).
#define _GNU_SOURCE
#include "shims.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <time.h>

const int32_t shims_past_cache = O_DIRECT;

int shims_fallocate(int file, int64_t offset, int64_t count) { return fallocate(file, 0, offset, count) == 0 ? 0 : -errno; }

void shims_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int shims_sem_wait(sem_t *semaphore, int64_t milliseconds) {
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_nsec += milliseconds % 1000 * 1000000;
    deadline.tv_sec += milliseconds / 1000 + deadline.tv_nsec / 1000000000;
    deadline.tv_nsec %= 1000000000;
    while (sem_clockwait(semaphore, CLOCK_MONOTONIC, &deadline) != 0)
        if (errno == ETIMEDOUT) return 0;
    return 1;
}
