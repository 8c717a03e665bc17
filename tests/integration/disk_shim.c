/* Loaded in front of the C library (LD_PRELOAD): a disk whose syncs are slow or fail. The file that DISK_SHIM names says
 * how: "slow MILLISECONDS" for each sync of data as long as it stands there, or "fail" for one sync. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int fdatasync(int descriptor) {
    const char *path = getenv("DISK_SHIM");
    FILE *orders = path ? fopen(path, "r") : NULL;
    if (orders) {
        char what[8] = "";
        int milliseconds = 0;
        int read = fscanf(orders, "%7s %d", what, &milliseconds);
        fclose(orders);
        if (read == 2) usleep(1000u * (unsigned)milliseconds);
        if (read == 1) {
            unlink(path);
            errno = EIO;
            return -1;
        }
    }
    return (int)syscall(SYS_fdatasync, descriptor);
}
