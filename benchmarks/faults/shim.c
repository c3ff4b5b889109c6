/* Loaded before libc into the processes of a fault: moves their wall clock, fails their name look-ups, refuses their writes.
   Controlled by eight numbers in the file that FAULT_SHIM names (mapped, so that they can change while the process runs);
   FAULT_SHIM_ROOT is the folder below which writes are refused. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { OFFSET_NS, RATE_PERMILLE, RATE_SINCE_NS, NO_NAMES, WRITE_ERRNO, NUMBERS = 8 };
#define BILLION 1000000000LL

static const volatile int64_t *rules;
static const char *root;

__attribute__((constructor)) static void begin(void) {
  const char *file = getenv("FAULT_SHIM");
  root = getenv("FAULT_SHIM_ROOT");
  int fd = file ? (int)syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *at = mmap(NULL, NUMBERS * sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
  if (at != MAP_FAILED) rules = at;
  close(fd);
}

static int64_t rule(int which) { return rules ? rules[which] : 0; }

/* ---- the wall clock: told = real + offset + (real - since) * (rate - 1) */
static int64_t told(int64_t real) {
  int64_t rate = rule(RATE_PERMILLE);
  return real + rule(OFFSET_NS) + (rate ? (real - rule(RATE_SINCE_NS)) / 1000 * (rate - 1000) : 0);
}

static int64_t real_ns(void) {
  struct timespec at;
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &at);
  return at.tv_sec * BILLION + at.tv_nsec;
}

int clock_gettime(clockid_t clock, struct timespec *out) {
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return (int)syscall(SYS_clock_gettime, clock, out);
  int64_t ns = told(real_ns());
  out->tv_sec = ns / BILLION;
  out->tv_nsec = ns % BILLION;
  return 0;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
  (void)zone;
  int64_t ns = told(real_ns());
  out->tv_sec = ns / BILLION;
  out->tv_usec = ns % BILLION / 1000;
  return 0;
}

time_t time(time_t *out) {
  time_t at = (time_t)(told(real_ns()) / BILLION);
  if (out) *out = at;
  return at;
}

/* a wait until an instant of the told (shifted) clock lasts equally long on the real one */
int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until) {
  static int (*own)(sem_t *, const struct timespec *);
  if (!own) own = dlsym(RTLD_NEXT, "sem_timedwait");
  int64_t now = real_ns(), left = until->tv_sec * BILLION + until->tv_nsec - told(now), end = now + (left > 0 ? left : 0);
  struct timespec at = {end / BILLION, end % BILLION};
  return own(sem, &at);
}

/* ---- names */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out) {
  static int (*own)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  if (!own) own = dlsym(RTLD_NEXT, "getaddrinfo");
  if (rule(NO_NAMES) && name && name[strspn(name, "0123456789.:")]) return EAI_AGAIN;
  return own(name, service, hints, out);
}

/* ---- writes below the root */
static int below(const char *path) {
  char whole[PATH_MAX];
  if (!root || !path) return 0;
  if (path[0] != '/') {
    if (!getcwd(whole, sizeof whole)) return 0;
    return strncmp(whole, root, strlen(root)) == 0;
  }
  return strncmp(path, root, strlen(root)) == 0;
}

static int refuses(const char *path) {
  int64_t why = rule(WRITE_ERRNO);
  if (!why || !below(path)) return 0;
  errno = (int)why;
  return 1;
}

static int refuses_fd(int fd) {
  if (!rule(WRITE_ERRNO)) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return path[0] == '/' && refuses(path);
}

#define OWN(name) static __typeof__(name) *own; if (!own) own = dlsym(RTLD_NEXT, #name)
#define WRITES(flags) (((flags) & O_ACCMODE) != O_RDONLY || ((flags) & (O_CREAT | O_TRUNC)))
#define OPENER(name)                                                             \
  int name(const char *path, int flags, ...) {                                   \
    OWN(name);                                                                   \
    va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more); \
    return WRITES(flags) && refuses(path) ? -1 : own(path, flags, mode);         \
  }
OPENER(open)
OPENER(open64)

ssize_t write(int fd, const void *from, size_t n) { OWN(write); return refuses_fd(fd) ? -1 : own(fd, from, n); }
ssize_t pwrite(int fd, const void *from, size_t n, off_t at) { OWN(pwrite); return refuses_fd(fd) ? -1 : own(fd, from, n, at); }
ssize_t pwrite64(int fd, const void *from, size_t n, off64_t at) { OWN(pwrite64); return refuses_fd(fd) ? -1 : own(fd, from, n, at); }
int ftruncate(int fd, off_t n) { OWN(ftruncate); return refuses_fd(fd) ? -1 : own(fd, n); }
int ftruncate64(int fd, off64_t n) { OWN(ftruncate64); return refuses_fd(fd) ? -1 : own(fd, n); }
int rename(const char *from, const char *to) { OWN(rename); return refuses(to) ? -1 : own(from, to); }
int unlink(const char *path) { OWN(unlink); return refuses(path) ? -1 : own(path); }
