// Figures of the C interface: `bench VECTORS`. Call overhead, and recorded blocks verified per second by
// one thread and by all cores.

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hotshot_light_client.h"

enum { BLOCKS = 22 };  // lines of the v4 recording

static HslcTables *tables;
static HslcSlice recording;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static HslcSlice read_file(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/v4/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    uint8_t *data = malloc((size_t)length);
    if (fread(data, 1, (size_t)length, file) != (size_t)length) exit(2);
    fclose(file);
    return (HslcSlice){data, (size_t)length};
}

static void check(HslcStatus status) {
    if (status != HSLC_OK) {
        fprintf(stderr, "%s\n", hslc_status_code(status));
        exit(1);
    }
}

// Verifies the recording until the time is over; how often.
static void *verify(void *until) {
    size_t rounds = 0;
    do {
        HslcBuffer *verdicts;
        check(hslc_recording_verify(tables, recording, (HslcSlice){NULL, 0}, &verdicts, NULL));
        hslc_buffer_free(verdicts);
        rounds++;
    } while (now() < *(double *)until);
    return (void *)rounds;
}

static double blocks_per_second(long threads, double seconds) {
    pthread_t running[256];
    double began = now(), until = began + seconds;
    size_t rounds = 0;
    for (long index = 0; index < threads; index++) check((HslcStatus)pthread_create(&running[index], NULL, verify, &until));
    for (long index = 0; index < threads; index++) {
        void *done;
        pthread_join(running[index], &done);
        rounds += (size_t)done;
    }
    return (double)(rounds * BLOCKS) / (now() - began);
}

int main(int count, char **arguments) {
    if (count < 2) return 2;
    HslcNetwork *network;
    HslcSlice table = read_file(arguments[1], "stake_table.json");
    check(hslc_network_parse(table, &network, NULL));
    check(hslc_tables_admit(network, &tables, NULL));
    HslcBuffer *members;
    check(hslc_tables_insert(tables, 3, read_file(arguments[1], "stake_table_epoch3.json"), &members, NULL));
    recording = read_file(arguments[1], "blocks.jsonl");

    long calls = 1000000;
    double began = now();
    for (long call = 0; call < calls; call++) hslc_buffer_length(members);
    printf("bare call                    %8.1f ns\n", (now() - began) * 1e9 / (double)calls);
    began = now();
    for (long call = 0; call < calls; call++) {
        HslcBuffer *identity, *message;
        check(hslc_transaction_commitment(1ull << 40, (HslcSlice){NULL, 0}, &identity, &message) == HSLC_LENGTH ? HSLC_OK : HSLC_LENGTH);
        hslc_buffer_free(message);
    }
    printf("call with a message, freed   %8.1f ns\n", (now() - began) * 1e9 / (double)calls);
    printf("blocks verified, one thread  %8.0f a second\n", blocks_per_second(1, 3));
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (cores > 256) cores = 256;
    printf("blocks verified, %3ld threads %8.0f a second\n", cores, blocks_per_second(cores, 3));
    hslc_buffer_free(members);
    hslc_tables_free(tables);
    hslc_network_free(network);
    return 0;
}
