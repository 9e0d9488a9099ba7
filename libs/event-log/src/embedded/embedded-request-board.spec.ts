import { requestBoardContract } from '../request-board.contract.js';
import { EmbeddedRequestBoard } from './embedded-request-board.js';

requestBoardContract('the embedded board', async () => {
  const board = new EmbeddedRequestBoard();
  return { asking: board, serving: board, cleanup: () => board.close() };
});
