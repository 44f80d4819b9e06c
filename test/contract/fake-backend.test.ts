// The fake is held to the same contract as the real engines: what runs over it can be believed.
import { openFakeBackend } from "../fixtures/fake-backend.ts";
import { describeBackend } from "./backend.ts";

describeBackend("fake", () => openFakeBackend());
