/* Classifies images on a device: a board, or a simulation.
 *
 *     classify URL CONFIG PACKAGE PIXELS [PROFILE] [MHZ]
 *
 * PIXELS is a file of 32-bit floats from 0 to 1, image after image. Without PROFILE, or with `-`,
 * images begin in the cheapest precision and climb where in doubt.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitladder.h"

/* The floats of a file; NULL if it cannot be read. */
static float *read_floats(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    float *values = NULL;
    size_t room = 0;
    *count = 0;
    for (;;) {
        if (*count == room) {
            room = room == 0 ? 1024 : 2 * room;
            float *larger = realloc(values, room * sizeof *values);
            if (larger == NULL) {
                free(values);
                fclose(file);
                return NULL;
            }
            values = larger;
        }
        size_t got = fread(values + *count, sizeof *values, room - *count, file);
        if (got == 0) {
            break;
        }
        *count += got;
    }
    fclose(file);
    return values;
}

static int failed(bitladder_status status) {
    fprintf(stderr, "error %d: %s\n", (int)status, bitladder_last_error());
    return 1;
}

static int classify(bitladder_session *session, const char *profile, const float *pixels,
                    size_t images) {
    size_t classes = bitladder_class_count(session);
    bitladder_verdict *verdicts = calloc(images, sizeof *verdicts);
    float *scores = calloc(images * classes, sizeof *scores);
    if (verdicts == NULL || scores == NULL) {
        fprintf(stderr, "out of memory\n");
        free(verdicts);
        free(scores);
        return 1;
    }
    bitladder_status status = bitladder_infer(session, profile, pixels, images, verdicts, scores);
    for (size_t image = 0; status == BITLADDER_STATUS_OK && image < images; image++) {
        const bitladder_verdict *verdict = &verdicts[image];
        const char *name = bitladder_class_name(session, verdict->class_index);
        printf("%zu: class %" PRIu32 " (%s), margin %" PRIu64 ", score %.3f, precision %s\n", image,
               verdict->class_index, name == NULL ? "-" : name, verdict->margin,
               (double)scores[image * classes + verdict->class_index],
               bitladder_profile_name(session, verdict->profile));
    }
    free(verdicts);
    free(scores);
    return status == BITLADDER_STATUS_OK ? 0 : failed(status);
}

int main(int count, char **arguments) {
    if (count < 5) {
        fprintf(stderr, "usage: %s URL CONFIG PACKAGE PIXELS [PROFILE] [MHZ]\n", arguments[0]);
        return 2;
    }
    const char *profile = count > 5 && strcmp(arguments[5], "-") != 0 ? arguments[5] : NULL;
    bitladder_session *session;
    bitladder_status status = bitladder_open(arguments[1], arguments[2], arguments[3], 4, &session);
    if (status != BITLADDER_STATUS_OK) {
        return failed(status);
    }
    if (count > 6) {
        status = bitladder_set_clock(session, (uint32_t)strtoul(arguments[6], NULL, 10));
    }
    int result = status == BITLADDER_STATUS_OK ? 0 : failed(status);
    size_t values = 0;
    float *pixels = read_floats(arguments[4], &values);
    if (result == 0 && pixels == NULL) {
        fprintf(stderr, "%s cannot be read\n", arguments[4]);
        result = 1;
    }
    if (result == 0) {
        result = classify(session, profile, pixels, values / bitladder_image_values(session));
    }
    uint32_t mhz = 0;
    if (result == 0 && bitladder_clock_mhz(session, &mhz) == BITLADDER_STATUS_OK) {
        printf("bitladder %s, %" PRIu32 " MHz\n", bitladder_version(), mhz);
    }
    free(pixels);
    bitladder_close(session);
    return result;
}
