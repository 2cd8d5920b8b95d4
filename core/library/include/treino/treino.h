/* Treino as a library, for C and for every language that calls C: runs from a manifest, and trained models. treino.hpp is the same
 * for C++.
 *
 * Rules. Handles are opaque; each has one open and one close, which takes NULL too. One thread at a time may use a handle; several
 * handles may be used on several threads at once. Structs begin with their size, which whoever makes them sets to sizeof: fields
 * that a later version adds at the end are then left alone. Functions that can fail return a treino_status and write the reason
 * into *error (NULL: nowhere), zero-terminated and cut to fit, and leave it alone where they succeed; nothing is thrown through them. Texts and arrays that are handed
 * out belong to the handle, and stay until its next call. What is handed in is copied, but for what a call writes to. Of a process that forks, the child
 * uses none of this, or executes another program: threads do not come along.
 */
#ifndef TREINO_TREINO_H
#define TREINO_TREINO_H

#include "treino/library/catalogue.h"
#include "treino/library/loop.h"
#include "treino/library/model.h"
#include "treino/library/process.h"
#include "treino/library/run.h"
#include "treino/library/trained.h"

#endif
